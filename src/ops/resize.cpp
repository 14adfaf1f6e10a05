// SPDX-License-Identifier: Apache-2.0
#include "ops/resize.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/numbers.h"
#include "ops/support/resize_taps.h"

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

//! Interpolates along one axis.
std::vector<double> resample(const std::vector<double>& data, std::vector<int64_t>& dims, size_t axis,
                             const ResizeAxisMap& map) {
    const auto from = splitAt(dims, static_cast<int64_t>(axis));
    dims[axis] = map.out;
    const AxisSplit to{from.outer, map.out, from.inner};
    std::vector<double> result(static_cast<size_t>(volumeOf(dims)), 0.0);
    for (int64_t place = 0; place < map.out && !result.empty(); ++place) {
        const ResizeTaps taps = map.taps(place);
        for (int64_t o = 0; o < from.outer && taps.outside; ++o)
            std::fill_n(result.begin() + to.at(o, place, 0), from.inner, map.op.extrapolation);
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

//! The scales that place the coordinates, one per axis: 0 where the quotient of the sizes does.
std::vector<double> coordinateScales(const Resize& op, const EvalContext& c, bool sized, size_t rank) {
    if (c.has(2)) return c.input(2).toDoubles();
    return sized || rank == 0 ? std::vector<double>(rank, 0) : op.scales;
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
    if (c.has(2)) requireType(c, 2, std::array{DType::F32});
    if (c.has(3)) requireType(c, 3, std::array{DType::F32});
    if (c.has(3) != (coordinates == CoordinateMode::Crop))
        c.fail("a region and the coordinates crop belong together; give both or none");
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
    std::vector<int64_t> wanted = c.has(1) ? c.input(1).toInts() : dims;
    const auto rank = x.dims().size();
    const auto factors = coordinateScales(*this, c, !wanted.empty(), rank);
    const auto region = c.has(3) ? c.input(3).toDoubles() : std::vector<double>();
    if (factors.size() != rank || (c.has(3) && region.size() != 2 * rank))
        c.fail(cat(factors.size(), " scales and ", region.size(), " bounds do not fit rank ", rank));
    for (const double factor : factors) {
        if (!(factor >= 0 && factor <= static_cast<double>(kAnySize))) c.fail(cat("a scale is ", factor));
    }
    for (size_t i = wanted.size(); i < x.dims().size(); ++i) wanted.push_back(scaledSize(x.dims()[i], factors[i]));
    Tensor& out = c.output(0, wanted);
    auto data = x.toDoubles();
    auto now = x.dims();
    for (size_t axis = 0; axis < now.size(); ++axis) {
        if (now[axis] == 0 && wanted[axis] != 0) c.fail(cat("dimensions ", x.dims(), " cannot be resized to ", wanted));
        ResizeAxisMap map{*this, now[axis], wanted[axis], factors[axis]};
        if (c.has(3)) map.start = region[axis], map.end = region[rank + axis];
        if (!map.keeps()) data = resample(data, now, axis, map);
    }
    store(out, data);
}

}  // namespace opentrt::ops
