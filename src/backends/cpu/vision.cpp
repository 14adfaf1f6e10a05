// SPDX-License-Identifier: Apache-2.0
// GridSample and local response normalisation in f32, linear format.
#include <cmath>

#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/op_family.h"
#include "ops/grid_sample.h"
#include "ops/lrn.h"
#include "ops/support/cubic.h"
#include "ops/support/index.h"
#include "ops/support/mirror.h"

namespace opentrt::cpu {

namespace {

// -- GridSample

using ops::InterpolationMode;
using ops::SampleMode;

struct Tap {
    int64_t place;  //!< -1: outside, reads zero
    float weight;
};

//! Reads along one spatial axis of `size` elements.
struct AxisReader {
    const ops::GridSample& op;
    int64_t size;

    double folded(double x) const {
        const auto n = static_cast<double>(size);
        if (op.sampleMode == SampleMode::Clamp) return std::clamp(x, 0.0, n - 1);
        if (op.sampleMode != SampleMode::Reflect) return x;
        return std::clamp(op.alignCorners ? ops::mirrored(x, 0, n - 1) : ops::mirrored(x, -0.5, n - 0.5), 0.0, n - 1);
    }
    Tap tap(double place, double weight) const {
        if (op.mode == InterpolationMode::Cubic) place = folded(place);
        const bool inside = place >= 0 && place < static_cast<double>(size);
        return {inside ? static_cast<int64_t>(place) : -1, static_cast<float>(weight)};
    }
    //! Fills at most four taps and returns their number.
    int taps(double grid, Tap* out) const {
        const auto n = static_cast<double>(size);
        double x = op.alignCorners ? (grid + 1) / 2 * (n - 1) : ((grid + 1) * n - 1) / 2;
        if (op.mode != InterpolationMode::Cubic) x = folded(x);
        if (size == 0 || !std::isfinite(x)) return 0;
        const double first = std::floor(x), rest = x - first;
        if (op.mode == InterpolationMode::Nearest) {
            out[0] = tap(std::nearbyint(x), 1);
            return 1;
        }
        if (op.mode == InterpolationMode::Linear) {
            out[0] = tap(first, 1 - rest);
            out[1] = tap(first + 1, rest);
            return 2;
        }
        const auto weights = ops::cubicWeights(rest, -0.75);
        for (int i = 0; i < 4; ++i) out[i] = tap(first - 1 + i, weights[static_cast<size_t>(i)]);
        return 4;
    }
};

struct SampleShape {
    std::vector<int64_t> spatial;  //!< of the image
    int64_t batch, channels, points, inPlane;
};

constexpr int64_t kPoints = 64;

//! One point of all channels.
void samplePoint(const ops::GridSample& op, const SampleShape& s, const float* image, const float* grid, float* y) {
    Tap plane[16] = {{0, 1}};  // products of the taps of all axes
    int count = 1;
    const size_t rank = s.spatial.size();
    for (size_t axis = 0; axis < rank; ++axis) {
        Tap own[4], joined[16];
        // The grid names the last axis first.
        const int some = AxisReader{op, s.spatial[axis]}.taps(grid[rank - 1 - axis], own);
        int n = 0;
        for (int a = 0; a < count; ++a) {
            for (int b = 0; b < some; ++b) {
                if (own[b].place < 0) continue;
                joined[n++] = {plane[a].place * s.spatial[axis] + own[b].place, plane[a].weight * own[b].weight};
            }
        }
        std::copy_n(joined, n, plane);
        count = n;
    }
    for (int64_t c = 0; c < s.channels; ++c) {
        float sum = 0;
        for (int t = 0; t < count; ++t) sum += plane[t].weight * image[c * s.inPlane + plane[t].place];
        y[c * s.points] = sum;
    }
}

struct GridSampleDef {
    using Op = ops::GridSample;
    static constexpr const char* kName = "cpu.grid_sample";
    static std::string whyNot(const RegionView& region, const Op&) { return whyNotType(region.input(0), {DType::F32}); }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const auto &x = call.in[0].dims, &grid = call.in[1].dims;
        const SampleShape s{{x.begin() + 2, x.end()},
                            x[0],
                            x[1],
                            volumeOf({grid.begin() + 1, grid.end() - 1}),
                            volumeOf({x.begin() + 2, x.end()})};
        const int64_t blocks = kernels::ceilDiv(s.points, kPoints), coordinates = grid.back();
        return makeLaunch([&op = call.op, s, blocks, coordinates](const LaunchArgs& args) {
            kernels::parallelTasks(s.batch * blocks, kPoints * (40 + s.channels * 4), [&](int64_t task) {
                const int64_t item = task / blocks, first = task % blocks * kPoints;
                const float* image = static_cast<const float*>(args.inputs[0]) + item * s.channels * s.inPlane;
                const float* grid = static_cast<const float*>(args.inputs[1]) + item * s.points * coordinates;
                float* y = static_cast<float*>(args.outputs[0]) + item * s.channels * s.points;
                for (int64_t p = first; p < std::min(s.points, first + kPoints); ++p) {
                    samplePoint(op, s, image, grid + p * coordinates, y + p);
                }
            });
        });
    }
};

// -- Lrn

constexpr int64_t kPixels = 128;

//! y = x / base^beta for `count` elements.
void divideByPower(const float* x, const float* base, double beta, float* y, int64_t count) {
    if (beta == 0.75) {
        for (int64_t i = 0; i < count; ++i) {
            const float root = std::sqrt(base[i]);
            y[i] = x[i] / (root * std::sqrt(root));
        }
    } else if (beta == 0.5) {
        for (int64_t i = 0; i < count; ++i) y[i] = x[i] / std::sqrt(base[i]);
    } else {
        for (int64_t i = 0; i < count; ++i) y[i] = x[i] / std::pow(base[i], static_cast<float>(beta));
    }
}

struct LrnDef {
    using Op = ops::Lrn;
    static constexpr const char* kName = "cpu.lrn";
    static std::string whyNot(const RegionView& region, const Op&) { return whyNotType(region.input(0), {DType::F32}); }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const ops::AxisSplit split = ops::splitAt(call.in[0].dims, 1);
        const int64_t blocks = kernels::ceilDiv(split.inner, kPixels);
        return makeLaunch([op = call.op, split, blocks](const LaunchArgs& args) {
            const auto* x = static_cast<const float*>(args.inputs[0]);
            auto* y = static_cast<float*>(args.outputs[0]);
            const auto share = static_cast<float>(op.alpha / static_cast<double>(op.window));
            kernels::parallelTasks(split.outer * blocks * split.size, kPixels * (op.window / 4 + 2), [&](int64_t task) {
                const int64_t channel = task % split.size, block = task / split.size % blocks;
                const int64_t o = task / split.size / blocks, first = block * kPixels;
                const int64_t count = std::min(kPixels, split.inner - first);
                const int64_t from = std::max<int64_t>(0, channel - (op.window - 1) / 2);
                const int64_t end = std::min(split.size, channel + op.window / 2 + 1);
                float base[kPixels] = {};
                for (int64_t c = from; c < end; ++c) {
                    const float* row = x + split.at(o, c, first);
                    for (int64_t i = 0; i < count; ++i) base[i] += row[i] * row[i];
                }
                for (int64_t i = 0; i < count; ++i) base[i] = static_cast<float>(op.k) + share * base[i];
                divideByPower(x + split.at(o, channel, first), base, op.beta, y + split.at(o, channel, first), count);
            });
        });
    }
};

}  // namespace

const KernelFamily kGridSampleFamily = opFamily<GridSampleDef>();
const KernelFamily kLrnFamily = opFamily<LrnDef>();

}  // namespace opentrt::cpu
