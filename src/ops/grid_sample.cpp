// SPDX-License-Identifier: Apache-2.0
#include "ops/grid_sample.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/cubic.h"
#include "ops/support/index.h"
#include "ops/support/mirror.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {
namespace {

//! One spatial axis of the image.
struct AxisReader {
    const GridSample& op;
    int64_t size;

    double position(double grid) const {
        const auto n = static_cast<double>(size);
        const double x = op.alignCorners ? (grid + 1) / 2 * (n - 1) : ((grid + 1) * n - 1) / 2;
        return op.mode == InterpolationMode::Cubic ? x : folded(x);
    }
    //! Applies clamp and reflect to a position; cubic applies them to each element it reads instead.
    double folded(double x) const {
        const auto n = static_cast<double>(size);
        if (op.sampleMode == SampleMode::Clamp) return std::clamp(x, 0.0, n - 1);
        if (op.sampleMode != SampleMode::Reflect) return x;
        const double y = op.alignCorners ? mirrored(x, 0, n - 1) : mirrored(x, -0.5, n - 0.5);
        return std::clamp(y, 0.0, n - 1);
    }
    struct Tap {
        int64_t place;  //!< -1: outside, reads zero
        double weight;
    };
    Tap tap(double place, double weight) const {
        if (op.mode == InterpolationMode::Cubic) place = folded(place);
        const bool inside = place >= 0 && place < static_cast<double>(size);
        return {inside ? static_cast<int64_t>(place) : -1, weight};
    }
    std::vector<Tap> taps(double grid) const {
        if (size == 0) return {{-1, 0}};
        const double x = position(grid), first = std::floor(x), t = x - first;
        if (!std::isfinite(x)) return {{-1, 0}};
        if (op.mode == InterpolationMode::Nearest) return {tap(std::nearbyint(x), 1)};
        if (op.mode == InterpolationMode::Linear) return {tap(first, 1 - t), tap(first + 1, t)};
        std::vector<Tap> out;
        const auto weights = cubicWeights(t, -0.75);
        for (int i = 0; i < 4; ++i) out.push_back(tap(first - 1 + i, weights[static_cast<size_t>(i)]));
        return out;
    }
};

//! Weighted places in one image plane: the products of the taps of all axes.
using Plane = std::vector<AxisReader::Tap>;

Plane combine(const Plane& outer, const Plane& inner, int64_t innerSize) {
    Plane out;
    for (const auto& a : outer) {
        for (const auto& b : inner) {
            if (a.place >= 0 && b.place >= 0) out.push_back({a.place * innerSize + b.place, a.weight * b.weight});
        }
    }
    return out;
}

}  // namespace

void GridSample::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    requireSameType(c, 0, 1);
    const Shape &x = c.shape(0), &grid = c.shape(1);
    const bool volume = x.size() == 5;
    if (x.size() != 4 && !volume) c.fail(cat("input 0 has rank ", x.size(), " when it should be 4 or 5"));
    requireRank(c, 1, c.rank(0));
    requireSame(c, "batch size of the grid", grid[0], x[0]);
    requireSame(c, "last dimension of the grid", grid.back(), c.rank(0) - 2);
    if (volume && mode == InterpolationMode::Cubic) c.fail("mode cubic needs input 0 of rank 4, not 5");
    if (sampleMode == SampleMode::StrictBounds || sampleMode == SampleMode::Wrap)
        c.fail(cat("sample mode is ", kSampleModeNames[static_cast<int>(sampleMode)],
                   " when it should be clamp, fill or reflect"));
    Shape out{x[0], x[1]};
    out.insert(out.end(), grid.begin() + 1, grid.end() - 1);
    c.output(0, c.type(0), out);
}

void GridSample::eval(EvalContext& c) const {
    const Tensor &x = c.input(0), &grid = c.input(1);
    const size_t spatial = x.dims().size() - 2;
    std::vector<int64_t> dims{x.dims()[0], x.dims()[1]};
    dims.insert(dims.end(), grid.dims().begin() + 1, grid.dims().end() - 1);
    const int64_t channels = dims[1], points = volumeOf({dims.begin() + 2, dims.end()});
    const int64_t inPlane = volumeOf({x.dims().begin() + 2, x.dims().end()});
    const auto data = x.toDoubles(), places = grid.toDoubles();
    Tensor& out = c.output(0, dims);
    for (int64_t n = 0; n < dims[0]; ++n) {
        for (int64_t point = 0; point < points; ++point) {
            Plane plane{{0, 1}};
            for (size_t axis = 0; axis < spatial; ++axis) {
                // The grid names x (the last axis) first.
                const double at = places[static_cast<size_t>(n * points + point) * spatial + (spatial - 1 - axis)];
                const AxisReader reader{*this, x.dims()[2 + axis]};
                plane = combine(plane, reader.taps(at), reader.size);
            }
            for (int64_t channel = 0; channel < channels; ++channel) {
                double sum = 0;
                for (const auto& tap : plane)
                    sum += tap.weight * data[static_cast<size_t>((n * channels + channel) * inPlane + tap.place)];
                out.set((n * channels + channel) * points + point, sum);
            }
        }
    }
}

}  // namespace opentrt::ops
