// SPDX-License-Identifier: Apache-2.0
#include "ops/support/quantization.h"

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/index.h"

namespace opentrt::ops {
namespace {

constexpr std::array kScaleTypes{DType::F32, DType::F16, DType::BF16, DType::F8, DType::E8M0};

enum class Layout { Tensor, Axis, Block };

Layout layoutOf(int64_t dataRank, int64_t scaleRank, bool single, const ScaleRule& rule) {
    if (single && rule.blockShape.empty()) return Layout::Tensor;
    if (scaleRank == 1 && rule.axis >= 0 && rule.blockShape.empty()) return Layout::Axis;
    return scaleRank == dataRank ? Layout::Block : Layout::Tensor;
}

void checkBlocks(const InferContext& c, const ScaleRule& rule) {
    const Shape &x = c.shape(0), &scale = c.shape(1);
    if (!rule.blockShape.empty() && rule.blockShape.size() != x.size())
        c.fail(cat("block shape has ", rule.blockShape.size(), " entries when the input has rank ", x.size()));
    for (size_t i = 0; i < x.size(); ++i) {
        if (!rule.blockShape.empty()) {
            const int64_t block = rule.blockShape[i];
            if (block < 1 || block > kAnySize)
                c.fail(
                    cat("block shape is ", rule.blockShape, " when each entry should be at least 1 and fit 32 bits"));
            requireSame(c, cat("dimension ", i, " of the scale"), scale[i], Dim::ceilDiv(x[i], block));
        } else if (scale[i].isConstant() && x[i].isConstant()) {
            const int64_t blocks = scale[i].constant(), size = x[i].constant();
            if (blocks == 0 ? size != 0 : size % blocks != 0)
                c.fail(cat("dimension ", i, " of the scale is ", blocks, " when it should divide that of the input, ",
                           size));
        }
    }
}

}  // namespace

void checkScale(const InferContext& c, const ScaleRule& rule, DType zeroType) {
    requireType(c, 1, kScaleTypes);
    const Dim count = volume(c.shape(1));
    const bool single = count.isConstant() && count.constant() == 1;
    switch (layoutOf(c.rank(0), c.rank(1), single, rule)) {
        case Layout::Tensor:
            if (!single)
                c.fail(cat("scale has dimensions ", str(c.shape(1)), " when axis ", rule.axis, " and input dimensions ",
                           str(c.shape(0)),
                           " need one element, one for each place along an axis, or the input's rank"));
            break;
        case Layout::Axis: {
            const auto axis = static_cast<size_t>(c.axis(rule.axis, c.rank(0)));
            requireSame(c, "number of scales", count, c.shape(0)[axis]);
            break;
        }
        case Layout::Block:
            checkBlocks(c, rule);
            break;
    }
    if (!c.has(2)) return;
    requireSameShape(c, 1, 2);
    if (c.type(2) != zeroType) c.fail(cat("zero point is ", name(c.type(2)), " when it should be ", name(zeroType)));
}

std::vector<int64_t> scalePlaces(const EvalContext& c, const ScaleRule& rule) {
    const auto &dims = c.input(0).dims(), &scale = c.input(1).dims();
    const size_t rank = dims.size();
    std::vector<int64_t> block(rank, 1), strides(rank, 0);
    switch (layoutOf(static_cast<int64_t>(rank), c.input(1).rank(), volumeOf(scale) == 1, rule)) {
        case Layout::Tensor:
            break;
        case Layout::Axis:
            strides[static_cast<size_t>(rule.axis)] = 1;
            break;
        case Layout::Block:
            strides = stridesOf(scale);
            for (size_t i = 0; i < rank; ++i) {
                block[i] = !rule.blockShape.empty() ? rule.blockShape[i] : scale[i] ? dims[i] / scale[i] : 1;
                if ((dims[i] + block[i] - 1) / block[i] != scale[i] && dims[i] > 0)
                    c.fail(cat("scale has dimensions ", scale, ", which do not fit those of the input, ", dims));
            }
            break;
    }
    std::vector<int64_t> out;
    forEachIndex(dims, [&](const auto& at) {
        int64_t place = 0;
        for (size_t i = 0; i < rank; ++i) place += at[i] / block[i] * strides[i];
        out.push_back(place);
    });
    return out;
}

}  // namespace opentrt::ops
