// SPDX-License-Identifier: Apache-2.0
#include "ops/support/resize_taps.h"

#include <algorithm>
#include <cmath>

#include "ops/support/cubic.h"

namespace opentrt::ops {
namespace {

double round(ResizeRounding rounding, double x) {
    switch (rounding) {
        case ResizeRounding::HalfUp:
            return std::floor(x + 0.5);
        case ResizeRounding::HalfDown:
            return std::ceil(x - 0.5);
        case ResizeRounding::Floor:
            return std::floor(x);
        default:
            return std::ceil(x);
    }
}

}  // namespace

//! o / s, exact where s is a quotient of sizes.
double ResizeAxisMap::divided(double o) const {
    return scale > 0 ? o / scale : o * static_cast<double>(in) / static_cast<double>(out);
}

double ResizeAxisMap::position(int64_t place) const {
    const auto o = static_cast<double>(place), size = static_cast<double>(in), count = static_cast<double>(out);
    if (out == 1 && op.selector == ResizeSelector::Upper) return 0;
    switch (op.coordinates) {
        case CoordinateMode::AlignCorners:
            return out == 1 ? 0 : o * (size - 1) / (count - 1);
        case CoordinateMode::Asymmetric:
            return divided(o);
        case CoordinateMode::PytorchHalfPixel:
            if (out == 1) return 0;
            break;
        case CoordinateMode::HalfPixelSymmetric: {
            const double adjustment = scale > 0 ? count / (scale * size) : 1;
            return size / 2 * (1 - adjustment) + divided(o + 0.5) - 0.5;
        }
        case CoordinateMode::HalfPixel:
            break;
    }
    return divided(o + 0.5) - 0.5;
}

ResizeTaps ResizeAxisMap::taps(int64_t place) const {
    const double x = position(place);
    if (op.mode == InterpolationMode::Nearest) return {{clamped(static_cast<int64_t>(round(op.rounding, x)))}, {1}};
    const auto first = static_cast<int64_t>(std::floor(x));
    const double rest = x - static_cast<double>(first);
    if (op.mode == InterpolationMode::Linear) return {{clamped(first), clamped(first + 1)}, {1 - rest, rest}};
    ResizeTaps t;
    double sum = 0;
    const auto weights = cubicWeights(rest, op.cubic);
    for (int64_t i = 0; i < 4; ++i) {
        const int64_t at = first - 1 + i;
        const bool counts = !op.excludeOutside || at == clamped(at);
        t.places.push_back(clamped(at));
        t.weights.push_back(counts ? weights[static_cast<size_t>(i)] : 0);
        sum += t.weights.back();
    }
    if (op.excludeOutside) {
        for (double& weight : t.weights) weight /= sum;
    }
    return t;
}

int64_t ResizeAxisMap::clamped(int64_t place) const {
    return std::clamp<int64_t>(place, 0, in - 1);
}

}  // namespace opentrt::ops
