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
        case CoordinateMode::Crop:
            if (out == 1) return (start + end) / 2 * (size - 1);
            return (start + o * (end - start) / (count - 1)) * (size - 1);
        case CoordinateMode::HalfPixel:
            break;
    }
    return divided(o + 0.5) - 0.5;
}

//! How much smaller the output is, for filters that widen; 1 when it is not.
double ResizeAxisMap::shrinking() const {
    if (!op.antialias) return 1;
    const auto size = static_cast<double>(std::max<int64_t>(in, 1));
    const double factor = scale > 0 ? 1 / scale : size / static_cast<double>(out);
    // No filter has to be wider than if the whole axis became one place.
    return std::clamp(factor, 1.0, size);
}

//! Weights of neighbouring positions from `first` on, those beyond the border going to it or to nothing.
ResizeTaps ResizeAxisMap::blend(int64_t first, const std::vector<double>& weights) const {
    ResizeTaps t;
    double sum = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
        const int64_t at = first + static_cast<int64_t>(i);
        const bool counts = !op.excludeOutside || at == clamped(at);
        t.places.push_back(clamped(at));
        t.weights.push_back(counts ? weights[i] : 0);
        sum += t.weights.back();
    }
    for (double& weight : t.weights) weight /= op.excludeOutside || op.antialias ? sum : 1;
    return t;
}

ResizeTaps ResizeAxisMap::taps(int64_t place) const {
    // The bounds keep what follows within integers; so far out everything is the same.
    const double x = std::clamp(position(place), -1e15, 1e15);
    if (op.coordinates == CoordinateMode::Crop && !(x >= 0 && x <= static_cast<double>(in - 1))) return {{}, {}, true};
    if (op.mode == InterpolationMode::Nearest) return {{clamped(static_cast<int64_t>(round(op.rounding, x)))}, {1}};
    const auto first = static_cast<int64_t>(std::floor(x));
    const double rest = x - static_cast<double>(first);
    const bool cubic = op.mode == InterpolationMode::Cubic;
    const double wide = shrinking();
    if (wide > 1) {
        const auto reach = static_cast<int64_t>(std::ceil((cubic ? 2 : 1) * wide));
        std::vector<double> weights;
        for (int64_t at = 1 - reach; at <= reach; ++at) {
            const double distance = std::fabs(static_cast<double>(at) - rest) / wide;
            weights.push_back(cubic ? cubicWeight(distance, op.cubic) : std::max(0.0, 1 - distance));
        }
        return blend(first + 1 - reach, weights);
    }
    if (!cubic) return {{clamped(first), clamped(first + 1)}, {1 - rest, rest}};
    const auto weights = cubicWeights(rest, op.cubic);
    return blend(first - 1, {weights.begin(), weights.end()});
}

int64_t ResizeAxisMap::clamped(int64_t place) const {
    return std::clamp<int64_t>(place, 0, in - 1);
}

}  // namespace opentrt::ops
