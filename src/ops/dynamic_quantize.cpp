// SPDX-License-Identifier: Apache-2.0
#include "ops/dynamic_quantize.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/index.h"

namespace opentrt::ops {
namespace {

constexpr std::array kTargets{DType::F4, DType::F8, DType::I8};
constexpr std::array kScaleTypes{DType::F8, DType::E8M0, DType::F32};

//! Largest number that the type holds.
double largest(DType type) {
    return type == DType::F4 ? 6 : type == DType::F8 ? 448 : 127;
}

double roundedScale(DType type, double scale) {
    if (type != DType::E8M0 || scale == 0) return roundTo(type, scale);
    return roundTo(type, std::exp2(std::ceil(std::log2(scale))));
}

}  // namespace

std::vector<int64_t> DynamicQuantize::blocks(int64_t rank) const {
    if (!blockShape.empty()) return blockShape;
    std::vector<int64_t> out(static_cast<size_t>(rank), 1);
    out[static_cast<size_t>(normalizedAxis(axis, rank))] = blockSize;
    return out;
}

void DynamicQuantize::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    requireRankAtLeast(c, 0, 1);
    requireTypeIn(c, "output type", to, kTargets);
    requireTypeIn(c, "scale type", scaleType, kScaleTypes);
    if (c.has(1)) {
        requireType(c, 1, kReals);
        requireSingle(c, 1);
    }
    if (blockShape.empty()) c.axis(axis, c.rank(0));
    const auto blocks = this->blocks(c.rank(0));
    if (blocks.size() != c.shape(0).size())
        c.fail(cat("block shape has ", blocks.size(), " entries when the input has rank ", c.rank(0)));
    for (int64_t block : blocks) {
        if (block < 1 || block > kAnySize)
            c.fail(cat("block shape is ", blocks, " when each entry should be at least 1 and fit 32 bits"));
    }
    Shape scales;
    for (size_t i = 0; i < blocks.size(); ++i) scales.push_back(Dim::ceilDiv(c.shape(0)[i], blocks[i]));
    c.output(0, to, c.shape(0));
    c.output(1, scaleType, scales);
}

void DynamicQuantize::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const auto blocks = this->blocks(x.rank());
    auto dims = x.dims();
    for (size_t i = 0; i < dims.size(); ++i) dims[i] = (dims[i] + blocks[i] - 1) / blocks[i];
    const auto strides = stridesOf(dims);
    std::vector<size_t> places;
    forEachIndex(x.dims(), [&](const auto& at) {
        int64_t place = 0;
        for (size_t i = 0; i < blocks.size(); ++i) place += at[i] / blocks[i] * strides[i];
        places.push_back(static_cast<size_t>(place));
    });
    const double second = c.has(1) ? c.input(1).get(0) : 1;
    std::vector<double> most(static_cast<size_t>(volumeOf(dims)), 0.0);
    for (size_t i = 0; i < places.size(); ++i)
        most[places[i]] = std::max(most[places[i]], std::fabs(x.get(static_cast<int64_t>(i))));
    for (double& value : most) value = roundedScale(scaleType, value / largest(to) / second);
    Tensor& scales = c.output(1, dims);
    for (size_t i = 0; i < most.size(); ++i) scales.set(static_cast<int64_t>(i), most[i]);
    Tensor& out = c.output(0, x.dims());
    for (size_t i = 0; i < places.size(); ++i) {
        const double scale = most[places[i]] * second, value = x.get(static_cast<int64_t>(i));
        const double quotient = scale == 0 ? 0 : value / scale;
        out.set(static_cast<int64_t>(i), isFloat(to) ? quotient : std::nearbyint(quotient));
    }
}

}  // namespace opentrt::ops
