// SPDX-License-Identifier: Apache-2.0
#include "ops/padding.h"

#include "base/error.h"
#include "ops/support/axis_positions.h"
#include "ops/support/elements.h"

namespace opentrt::ops {
namespace {

SampleMode outsideOf(PadMode mode) {
    switch (mode) {
        case PadMode::Reflect:
            return SampleMode::Reflect;
        case PadMode::Edge:
            return SampleMode::Clamp;
        case PadMode::Wrap:
            return SampleMode::Wrap;
        default:
            return SampleMode::Fill;
    }
}

Tensor padded(const Padding& op, const Tensor& x, const Tensor& fill) {
    const size_t first = x.dims().size() - op.pre.size();
    auto dims = x.dims();
    for (size_t i = 0; i < op.pre.size(); ++i) dims[first + i] += op.pre[i] + op.post[i];
    Tensor out(x.type(), dims);
    std::vector<std::vector<int64_t>> positions;
    for (size_t axis = 0; axis < dims.size(); ++axis) {
        const int64_t before = axis < first ? 0 : op.pre[axis - first];
        positions.push_back(axisPositions(x.dims()[axis], -before, dims[axis], 1, outsideOf(op.mode)));
    }
    moveByPositions(out, x, positions, &fill);
    return out;
}

}  // namespace

void Padding::infer(InferContext& c) const {
    if (pre.size() != post.size())
        c.fail(cat("pre-padding has ", pre.size(), " entries when post-padding has ", post.size()));
    if (pre.size() > c.shape(0).size())
        c.fail(cat("padding has ", pre.size(), " entries when the input has rank ", c.rank(0)));
    Shape out = c.shape(0);
    for (const auto* list : {&pre, &post}) {
        for (int64_t size : *list) {
            if (size > kAnySize || size < -kAnySize) c.fail(cat("padding is ", size, " when it should fit 32 bits"));
        }
    }
    for (size_t i = 0; i < pre.size(); ++i) {
        Dim& dim = out[out.size() - pre.size() + i];
        const Dim size = dim + pre[i] + post[i];
        if (size.isConstant() && size.constant() < 0)
            c.fail(cat("padding ", pre[i], " and ", post[i], " leaves size ", size, " of dimension ", dim));
        if (mode != PadMode::Constant && dim.isConstant() && dim.constant() == 0 && (pre[i] > 0 || post[i] > 0))
            c.fail(cat("mode ", kPadModeNames[static_cast<int>(mode)], " cannot pad a dimension of size 0"));
        dim = size;
    }
    c.output(0, c.type(0), out);
    if (!isStatic(out)) return;
    const Tensor outside = Tensor::of(DType::I64, {}, std::vector<int64_t>{-1});
    trackMovement(
        c, out, [&](const Tensor& places) { return padded(*this, places, outside); },
        static_cast<int64_t>(roundTo(DType::I64, value)));
}

void Padding::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    for (size_t i = 0; i < pre.size(); ++i) {
        const int64_t dim = x.dims()[x.dims().size() - pre.size() + i];
        if (dim + pre[i] + post[i] < 0 || (dim == 0 && mode != PadMode::Constant && (pre[i] > 0 || post[i] > 0)))
            c.fail(cat("padding ", pre[i], " and ", post[i], " cannot be applied to a dimension of ", dim));
    }
    c.setOutput(0, padded(*this, x, Tensor::scalar(x.type(), value)));
}

}  // namespace opentrt::ops
