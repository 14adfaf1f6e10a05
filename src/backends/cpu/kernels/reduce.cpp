// SPDX-License-Identifier: Apache-2.0
// Neighbouring dims of one kind are merged. If the innermost dim is reduced, an output is made from contiguous runs,
// else neighbouring outputs are made together from vectors.
#include "backends/cpu/kernels/reduce.h"

#include <algorithm>
#include <cmath>

#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/kernels/reduce_rows.h"
#include "base/error.h"
#include "base/half.h"

namespace opentrt::cpu::kernels {
namespace {

constexpr size_t kMaxRank = 16;
constexpr int64_t kColumns = 256;         // results made together
constexpr int64_t kPartElements = 32768;  // of a long sum

void store(DType type, void* y, int64_t at, float value) {
    if (type == DType::F32) {
        static_cast<float*>(y)[at] = value;
    } else {
        static_cast<uint16_t*>(y)[at] = type == DType::F16 ? floatToF16(value) : floatToBf16(value);
    }
}

double join(ReduceKind kind, double a, double b) {
    switch (kind) {
        case ReduceKind::Prod:
            return a * b;
        case ReduceKind::Max:
            return a > b || a != a ? a : b;
        case ReduceKind::Min:
            return a < b || a != a ? a : b;
        default:
            return a + b;
    }
}

}  // namespace

ReducePlan::ReducePlan(ReduceKind kind, DType type, std::span<const int64_t> dims, std::span<const bool> reduced)
    : kind_(kind), type_(type) {
    check(dims.size() == reduced.size(), "a reduction needs one flag per dim");
    struct Dim {
        int64_t size;
        bool reduced;
    };
    std::vector<Dim> merged;
    for (size_t i = 0; i < dims.size(); ++i) {
        (reduced[i] ? count_ : outputs_) *= dims[i];
        if (dims[i] == 1) continue;
        if (!merged.empty() && merged.back().reduced == reduced[i]) {
            merged.back().size *= dims[i];
        } else {
            merged.push_back({dims[i], reduced[i]});
        }
    }
    check(merged.size() <= kMaxRank, "a reduction has too many dims that cannot be merged");
    if (!merged.empty()) {
        inner_ = merged.back().size;
        innerReduced_ = merged.back().reduced;
        int64_t stride = inner_;
        for (size_t i = merged.size() - 1; i-- > 0; stride *= merged[i].size)
            (merged[i].reduced ? reduced_ : kept_)
                .insert((merged[i].reduced ? reduced_ : kept_).begin(), {merged[i].size, stride});
    }
    for (const Axis& a : kept_) outer_ *= a.size;
    for (const Axis& a : reduced_) steps_ *= a.size;
    // A single run is cut by making it two dims where that works out, else it stays one part.
    if (innerReduced_ && reduced_.empty() && kept_.empty() && inner_ > kPartElements) {
        int64_t run = kPartElements;
        while (run > 256 && inner_ % run) run /= 2;
        if (inner_ % run == 0) {
            reduced_.push_back({inner_ / run, run});
            steps_ = inner_ / run;
            inner_ = run;
        }
    }
    const int64_t perStep = innerReduced_ ? inner_ : std::min(inner_, kColumns);
    const int64_t tasks = outer_ * (innerReduced_ ? 1 : ceilDiv(inner_, kColumns));
    if (tasks < 32 && steps_ * perStep > 2 * kPartElements) {
        stepsPerPart_ = std::max<int64_t>(1, kPartElements / perStep);
        parts_ = ceilDiv(steps_, stepsPerPart_);
    } else {
        stepsPerPart_ = steps_;
    }
}

void ReducePlan::run(const void* x, void* y, float* workspace) const {
    if (outputs_ == 0) return;
    if (count_ == 0) {
        const float neutral[] = {0, NAN, 1, -HUGE_VALF, HUGE_VALF};
        for (int64_t i = 0; i < outputs_; ++i) store(type_, y, i, neutral[static_cast<int>(kind_)]);
        return;
    }
    int64_t sizes[kMaxRank], strides[kMaxRank];
    for (size_t i = 0; i < reduced_.size(); ++i) sizes[i] = reduced_[i].size, strides[i] = reduced_[i].stride;
    const ReduceSteps steps{sizes, strides, static_cast<int>(reduced_.size())};
    const ReduceLoops& loops = reduceLoops();
    const int64_t size = bitsOf(type_) / 8, width = innerReduced_ ? 1 : inner_;
    const int64_t columnTasks = ceilDiv(width, kColumns);
    const float scale = kind_ == ReduceKind::Mean ? 1.0f / static_cast<float>(count_) : 1.0f;
    // Short rows are taken together.
    const int64_t elements = stepsPerPart_ * (innerReduced_ ? inner_ : std::min(inner_, kColumns));
    const int64_t group = parts_ > 1 ? 1 : std::clamp<int64_t>(8192 / std::max<int64_t>(elements, 1), 1, outer_);
    const int64_t groups = ceilDiv(outer_, group);
    parallelTasks(groups * columnTasks * parts_, group * elements / 4, [&](int64_t task) {
        const int64_t part = task % parts_, column = task / parts_ % columnTasks * kColumns;
        const int64_t begin = part * stepsPerPart_, end = std::min(begin + stepsPerPart_, steps_);
        const int64_t first = task / parts_ / columnTasks * group;
        for (int64_t outer = first; outer < std::min(first + group, outer_); ++outer) {
            int64_t at = column, rest = outer;
            for (size_t i = kept_.size(); i-- > 0; rest /= kept_[i].size) at += rest % kept_[i].size * kept_[i].stride;
            const char* from = static_cast<const char*>(x) + at * size;
            const int64_t to = outer * width + column, some = std::min(kColumns, width - column);
            float results[kColumns];
            if (innerReduced_) {
                results[0] = loops.rows(kind_, type_, from, inner_, steps, begin, end);
            } else {
                loops.columns(kind_, type_, from, some, steps, begin, end, results);
            }
            for (int64_t i = 0; i < some; ++i) {
                if (parts_ > 1) {
                    workspace[part * outputs_ + to + i] = results[i];
                } else {
                    store(type_, y, to + i, results[i] * scale);
                }
            }
        }
    });
    for (int64_t i = 0; parts_ > 1 && i < outputs_; ++i) {
        auto total = static_cast<double>(workspace[i]);
        for (int64_t part = 1; part < parts_; ++part)
            total = join(kind_, total, static_cast<double>(workspace[part * outputs_ + i]));
        store(type_, y, i, static_cast<float>(total) * scale);
    }
}

void globalAverage(ImageLayout layout, int64_t batch, int64_t channels, int64_t spatial, const float* x, float* y) {
    const bool planes = layout == ImageLayout::Nchw;
    const int64_t blocks = layout == ImageLayout::Nchw16c ? ceilDiv(channels, 16) : 1;
    const int64_t width = planes ? channels : layout == ImageLayout::Nchw16c ? 16 : channels;
    const ReduceLoops& loops = reduceLoops();
    const float scale = 1.0f / static_cast<float>(spatial);
    if (planes) {
        const ReduceSteps one{nullptr, nullptr, 0};
        parallelTasks(batch * channels, spatial / 4, [&](int64_t i) {
            y[i] = loops.rows(ReduceKind::Sum, DType::F32, x + i * spatial, spatial, one, 0, 1) * scale;
        });
        return;
    }
    const ReduceSteps pixels{&spatial, &width, 1};
    const int64_t parts = ceilDiv(width, 64);
    parallelTasks(batch * blocks * parts, spatial * std::min<int64_t>(width, 64) / 4, [&](int64_t task) {
        const int64_t block = task / parts, column = task % parts * 64, some = std::min<int64_t>(64, width - column);
        float* to = y + block * width + column;
        loops.columns(ReduceKind::Sum, DType::F32, x + block * width * spatial + column, some, pixels, 0, spatial, to);
        for (int64_t i = 0; i < some; ++i) to[i] *= scale;
    });
}

}  // namespace opentrt::cpu::kernels
