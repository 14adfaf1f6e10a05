// SPDX-License-Identifier: Apache-2.0
#include "ops/resize.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/cubic.h"
#include "ops/support/elements.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {
namespace {

constexpr std::array kNearestTypes{DType::F32, DType::F16, DType::BF16, DType::I8, DType::U8, DType::I32};

//! floor(size * scale) in float, as the layer has it.
int64_t scaledSize(int64_t size, double scale) {
    return static_cast<int64_t>(std::floor(static_cast<float>(size) * static_cast<float>(scale)));
}

//! The same on an expression: exact for scales that are multiples of 1/1024.
std::optional<Dim> scaledDim(const Dim& size, double scale) {
    if (size.isConstant()) return scaledSize(size.constant(), scale);
    const double numerator = scale * 1024;
    if (numerator != std::floor(numerator) || numerator > 1 << 20) return std::nullopt;
    return Dim::floorDiv(size * static_cast<int64_t>(numerator), 1024);
}

//! Weights of input positions for one output position.
struct Taps {
    std::vector<int64_t> places;
    std::vector<double> weights;
};

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

//! One axis: sizes, and the scale if one was given (else 0).
struct AxisMap {
    const Resize& op;
    int64_t in, out;
    double scale;

    //! o / s, exact where s is a quotient of sizes.
    double divided(double o) const {
        return scale > 0 ? o / scale : o * static_cast<double>(in) / static_cast<double>(out);
    }
    double position(int64_t place) const {
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
    Taps taps(int64_t place) const {
        const double x = position(place);
        if (op.mode == InterpolationMode::Nearest) return {{clamped(static_cast<int64_t>(round(op.rounding, x)))}, {1}};
        const auto first = static_cast<int64_t>(std::floor(x));
        const double rest = x - static_cast<double>(first);
        if (op.mode == InterpolationMode::Linear) return {{clamped(first), clamped(first + 1)}, {1 - rest, rest}};
        Taps t;
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
    int64_t clamped(int64_t place) const { return std::clamp<int64_t>(place, 0, in - 1); }
};

//! Interpolates along one axis.
std::vector<double> resample(const std::vector<double>& data, std::vector<int64_t>& dims, size_t axis,
                             const AxisMap& map) {
    const auto from = splitAt(dims, static_cast<int64_t>(axis));
    dims[axis] = map.out;
    const AxisSplit to{from.outer, map.out, from.inner};
    std::vector<double> result(static_cast<size_t>(volumeOf(dims)), 0.0);
    for (int64_t place = 0; place < map.out && !result.empty(); ++place) {
        const Taps taps = map.taps(place);
        for (size_t tap = 0; tap < taps.places.size(); ++tap) {
            if (taps.weights[tap] == 0) continue;
            for (int64_t o = 0; o < from.outer; ++o) {
                double* into = result.data() + to.at(o, place, 0);
                const double* source = data.data() + from.at(o, taps.places[tap], 0);
                for (int64_t n = 0; n < from.inner; ++n) into[n] += taps.weights[tap] * source[n];
            }
        }
    }
    return result;
}

}  // namespace

void Resize::infer(InferContext& c) const {
    if (mode == InterpolationMode::Nearest)
        requireType(c, 0, kNearestTypes);
    else
        requireType(c, 0, kReals);
    const auto requireCount = [&](const char* what, size_t count) {
        if (count != c.shape(0).size())
            c.fail(cat(what, " have ", count, " entries when the input has rank ", c.rank(0)));
    };
    Shape out;
    if (c.has(1)) {
        requireCount("output dimensions", static_cast<size_t>(knownLength(c, 1)));
        out = shapeFromInput(c, 1, 0);
    } else if (!dims.empty()) {
        requireCount("output dimensions", dims.size());
        out = shapeOf(dims);
    } else {
        auto factors = scales;
        if (c.has(2)) {
            requireType(c, 2, std::array{DType::F32});
            if (!c.input(2).constant) c.fail("scales should be known at build time; give output dimensions instead");
            factors = c.input(2).constant->toDoubles();
        }
        requireCount("scales", factors.size());
        for (size_t i = 0; i < factors.size(); ++i) {
            if (!(factors[i] > 0 && factors[i] <= static_cast<double>(kAnySize)))
                c.fail(cat("scales are ", factors, " when each should be above 0 and fit 32 bits"));
            const auto dim = scaledDim(c.shape(0)[i], factors[i]);
            const auto most = c.shape(0)[i] * static_cast<int64_t>(std::ceil(factors[i]));
            out.push_back(dim ? *dim : c.dataDependentSize(0, static_cast<int>(i), most));
        }
    }
    for (size_t i = 0; i < out.size(); ++i) {
        const bool grows = out[i].isConstant() && out[i].constant() != 0 && c.shape(0)[i] == Dim(0);
        if (grows || (out[i].isConstant() && out[i].constant() < 0))
            c.fail(cat("dimensions ", str(c.shape(0)), " cannot be resized to ", str(out)));
    }
    c.output(0, c.type(0), out);
}

void Resize::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    auto factors = c.has(2) ? c.input(2).toDoubles() : scales;
    std::vector<int64_t> wanted = c.has(1) ? c.input(1).toInts() : dims;
    if (!wanted.empty() || x.rank() == 0) factors.assign(x.dims().size(), 0);
    for (size_t i = wanted.size(); i < x.dims().size(); ++i) wanted.push_back(scaledSize(x.dims()[i], factors[i]));
    Tensor& out = c.output(0, wanted);
    auto data = x.toDoubles();
    auto now = x.dims();
    for (size_t axis = 0; axis < now.size(); ++axis) {
        if (now[axis] == 0 && wanted[axis] != 0) c.fail(cat("dimensions ", x.dims(), " cannot be resized to ", wanted));
        const bool same = now[axis] == wanted[axis] && (factors[axis] == 0 || factors[axis] == 1);
        if (!same) data = resample(data, now, axis, {*this, now[axis], wanted[axis], factors[axis]});
    }
    store(out, data);
}

}  // namespace opentrt::ops
