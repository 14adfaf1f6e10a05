// SPDX-License-Identifier: Apache-2.0
#include "ops/dequantize.h"

#include "graph/scalar.h"
#include "ops/support/check.h"
#include "ops/support/quantization.h"

namespace opentrt::ops {
namespace {

constexpr std::array kInputs{DType::I8, DType::U8, DType::I4, DType::F8, DType::F4, DType::I32};

}  // namespace

void Dequantize::infer(InferContext& c) const {
    requireType(c, 0, kInputs);
    requireTypeIn(c, "output type", to, kReals);
    checkScale(c, {axis, blockShape}, c.type(0));
    c.output(0, to, c.shape(0));
}

void Dequantize::eval(EvalContext& c) const {
    const Tensor &x = c.input(0), &scale = c.input(1);
    const auto places = scalePlaces(c, {axis, blockShape});
    Tensor& out = c.output(0, x.dims());
    for (int64_t i = 0; i < x.count(); ++i) {
        const int64_t place = places[static_cast<size_t>(i)];
        const double zero = c.has(2) ? c.input(2).get(place) : 0;
        out.set(i, (x.get(i) - zero) * scale.get(place));
    }
}

void Dequantize::emitScalar(ScalarBuilder& b) const {
    int32_t result = b.cast(b.input(0), DType::F32);
    if (b.inputCount() > 2 && b.input(2) >= 0) result = b.emit(ScalarOp::Sub, result, b.cast(b.input(2), DType::F32));
    result = b.emit(ScalarOp::Mul, result, b.cast(b.input(1), DType::F32));
    b.output(0, b.cast(result, to));
}

}  // namespace opentrt::ops
