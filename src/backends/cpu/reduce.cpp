// SPDX-License-Identifier: Apache-2.0
// Reductions over any axes. Axes that lie together in memory and share a fate are merged first; then either the
// innermost one is folded (rows) or it stays (columns, folded many at a time). Sums of f32 run in f32 over short
// stretches and in double over those, in an order that no number of threads changes.
#include "ops/reduce.h"

#include <cmath>
#include <limits>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/layouts.h"
#include "backends/cpu/op_family.h"

namespace opentrt::cpu {

namespace {

using ops::ReduceOperation;

struct Axis {
    int64_t size, stride;
};

//! The problem in merged axes, outermost first.
struct ReduceShape {
    std::vector<Axis> kept, folded;
    bool rows = false;  //!< the innermost axis is folded
    int64_t outputs = 1, slice = 1;
    int64_t inner = 1;  //!< size of the innermost axis, which is contiguous

    ReduceShape(const std::vector<int64_t>& dims, const std::vector<bool>& isFolded) {
        std::vector<Axis> axes;
        std::vector<bool> fate;
        int64_t stride = 1;
        for (size_t i = dims.size(); i-- > 0; stride *= dims[i]) {
            (isFolded[i] ? slice : outputs) *= dims[i];
            if (dims[i] == 1) continue;
            if (!axes.empty() && fate.back() == isFolded[i]) {
                axes.back().size *= dims[i];
            } else {
                axes.push_back({dims[i], stride});
                fate.push_back(isFolded[i]);
            }
        }
        if (!axes.empty()) {
            rows = fate[0];
            inner = axes[0].size;
        }
        for (size_t i = axes.size(); i-- > 1;) (fate[i] ? folded : kept).push_back(axes[i]);
    }
};

//! Offset of a place counted over axes.
int64_t offsetOf(const std::vector<Axis>& axes, int64_t place) {
    int64_t offset = 0;
    for (size_t i = axes.size(); i-- > 0;) {
        offset += place % axes[i].size * axes[i].stride;
        place /= axes[i].size;
    }
    return offset;
}
int64_t volumeOfAxes(const std::vector<Axis>& axes) {
    int64_t volume = 1;
    for (const Axis& a : axes) volume *= a.size;
    return volume;
}

//! What a fold computes in, and how partial results of stretches are joined.
template <class T>
using SumOf = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;

struct Sum {
    template <class T>
    static T start() {
        return T{0};
    }
    template <class T>
    static T fold(T a, T b) {
        return static_cast<T>(a + b);
    }
};
struct Product {
    template <class T>
    static T start() {
        return T{1};
    }
    template <class T>
    static T fold(T a, T b) {
        return static_cast<T>(a * b);
    }
};
struct Max {
    template <class T>
    static T start() {
        using Limits = std::numeric_limits<T>;
        return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    }
    template <class T>
    static T fold(T a, T b) {
        return b > a || b != b ? b : a;
    }
};
struct Min {
    template <class T>
    static T start() {
        using Limits = std::numeric_limits<T>;
        return Limits::has_infinity ? Limits::infinity() : Limits::max();
    }
    template <class T>
    static T fold(T a, T b) {
        return b < a || b != b ? b : a;
    }
};

constexpr int64_t kStretch = 512;  // elements of a row that are summed in their own type
constexpr int64_t kLanes = 16;
constexpr int64_t kColumns = 64;

//! Extremes stay in their type; sums and products go on in a wider one.
template <class F, class T>
using WideOf = std::conditional_t<std::is_same_v<F, Max> || std::is_same_v<F, Min>, T, SumOf<T>>;
//! Short stretches of f32; integers are wide from the start, where they cannot overflow with undefined behaviour.
template <class F, class T>
using NarrowOf = std::conditional_t<std::is_floating_point_v<T>, T, WideOf<F, T>>;

template <class F, class T>
WideOf<F, T> foldRow(const T* x, int64_t count, WideOf<F, T> into) {
    using Wide = WideOf<F, T>;
    using Narrow = NarrowOf<F, T>;
    for (int64_t first = 0; first < count; first += kStretch) {
        const int64_t end = std::min(count, first + kStretch), whole = first + (end - first) / kLanes * kLanes;
        Narrow lanes[kLanes];
        for (Narrow& lane : lanes) lane = F::template start<Narrow>();
        for (int64_t i = first; i < whole; i += kLanes) {
            for (int64_t l = 0; l < kLanes; ++l) lanes[l] = F::fold(lanes[l], static_cast<Narrow>(x[i + l]));
        }
        for (const Narrow lane : lanes) into = F::fold(into, static_cast<Wide>(lane));
        for (int64_t i = whole; i < end; ++i) into = F::fold(into, static_cast<Wide>(x[i]));
    }
    return into;
}

template <class T, class Wide>
T finished(Wide value, int64_t count, bool average) {
    if (!average) return static_cast<T>(value);
    if constexpr (std::is_floating_point_v<T>) {
        return static_cast<T>(value / static_cast<double>(count));
    } else {
        return count ? static_cast<T>(static_cast<int64_t>(static_cast<T>(value)) / count) : T{};
    }
}

template <class F, class T>
void reduceRows(const ReduceShape& s, bool average, const T* x, T* y) {
    const int64_t stretches = volumeOfAxes(s.folded);
    kernels::parallelTasks(s.outputs, s.slice / 8 + 4, [&](int64_t o) {
        auto value = F::template start<WideOf<F, T>>();
        const T* from = x + offsetOf(s.kept, o);
        for (int64_t k = 0; k < stretches; ++k) value = foldRow<F>(from + offsetOf(s.folded, k), s.inner, value);
        y[o] = finished<T>(value, s.slice, average);
    });
}

template <class F, class T>
void reduceColumns(const ReduceShape& s, bool average, const T* x, T* y) {
    using Wide = WideOf<F, T>;
    using Narrow = NarrowOf<F, T>;
    const int64_t rows = volumeOfAxes(s.folded), blocks = kernels::ceilDiv(s.inner, kColumns);
    constexpr int64_t kRows = kStretch / kLanes;
    kernels::parallelTasks(s.outputs / s.inner * blocks, rows * kColumns / 8, [&](int64_t task) {
        const int64_t o = task / blocks, first = task % blocks * kColumns, count = std::min(kColumns, s.inner - first);
        const T* from = x + offsetOf(s.kept, o) + first;
        Wide sums[kColumns];
        for (Wide& sum : sums) sum = F::template start<Wide>();
        for (int64_t row = 0; row < rows;) {
            Narrow part[kColumns];
            for (Narrow& value : part) value = F::template start<Narrow>();
            for (const int64_t end = std::min(rows, row + kRows); row < end; ++row) {
                const T* line = from + offsetOf(s.folded, row);
                for (int64_t c = 0; c < count; ++c) part[c] = F::fold(part[c], static_cast<Narrow>(line[c]));
            }
            for (int64_t c = 0; c < count; ++c) sums[c] = F::fold(sums[c], static_cast<Wide>(part[c]));
        }
        for (int64_t c = 0; c < count; ++c) y[o * s.inner + first + c] = finished<T>(sums[c], s.slice, average);
    });
}

template <class F>
std::unique_ptr<Launch> launchOf(const ReduceShape& shape, DType type, bool average) {
    return withNumber(type, [&](auto number) {
        using T = decltype(number);
        return makeLaunch([shape, average](const LaunchArgs& args) {
            const auto* x = static_cast<const T*>(args.inputs[0]);
            auto* y = static_cast<T*>(args.outputs[0]);
            if (shape.outputs == 0) return;
            if (shape.rows || shape.slice == 0) {
                reduceRows<F>(shape, average, x, y);
            } else {
                reduceColumns<F>(shape, average, x, y);
            }
        });
    });
}

struct ReduceDef {
    using Op = ops::Reduce;
    static constexpr const char* kName = "cpu.reduce";

    static std::string whyNot(const RegionView& region, const Op&) {
        return whyNotType(region.input(0), {DType::F32, DType::I8, DType::U8, DType::I32, DType::I64});
    }

    //! Blocked images keep their channels: then the result lies in memory as the formats say, dimensions kept or not.
    static std::vector<Format> formats(const RegionView& region, const Op& op) {
        const Shape& x = region.input(0).shape;
        std::vector<bool> folded(x.size(), false);
        for (const int64_t axis : op.axes) folded[axisOf(axis, x.size())] = true;
        const bool image = x.size() >= 3 && !folded[0] && !folded[1];
        const bool all = std::count(folded.begin(), folded.end(), true) == static_cast<long>(x.size()) - 2;
        if (!image || !(op.keep || all)) return {Format::Linear};
        return formatsFor(x);
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const Port& x = call.in[0];
        std::vector<bool> logical(x.dims.size(), false);
        for (const int64_t axis : call.op.axes) logical[axisOf(axis, x.dims.size())] = true;
        const std::vector<int64_t> dims = memoryDims(x.format, x.dims);
        std::vector<bool> folded(dims.size(), false);
        for (size_t axis = 0; axis < logical.size(); ++axis) {
            const size_t place = x.format == Format::Nhwc && axis > 1 ? axis - 1 : axis;
            if (logical[axis]) folded[place] = true;
        }
        const ReduceShape shape(dims, folded);
        switch (call.op.operation) {
            case ReduceOperation::Prod:
                return launchOf<Product>(shape, x.type, false);
            case ReduceOperation::Max:
                return launchOf<Max>(shape, x.type, false);
            case ReduceOperation::Min:
                return launchOf<Min>(shape, x.type, false);
            case ReduceOperation::Sum:
            case ReduceOperation::Avg:
                break;
        }
        return launchOf<Sum>(shape, x.type, call.op.operation == ReduceOperation::Avg);
    }
};

}  // namespace

const KernelFamily kReduceFamily = opFamily<ReduceDef>();

}  // namespace opentrt::cpu
