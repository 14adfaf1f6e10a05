// SPDX-License-Identifier: Apache-2.0
#include "ops/quantize.h"

#include <cmath>

#include "graph/scalar.h"
#include "ops/support/check.h"
#include "ops/support/quantization.h"

namespace opentrt::ops {
namespace {

constexpr std::array kInputs{DType::F32, DType::F16, DType::BF16, DType::I32};
constexpr std::array kTargets{DType::I8, DType::U8, DType::I4, DType::F8, DType::F4};

}  // namespace

void Quantize::infer(InferContext& c) const {
    requireType(c, 0, kInputs);
    requireTypeIn(c, "output type", to, kTargets);
    checkScale(c, {axis, blockShape}, to);
    c.output(0, to, c.shape(0));
}

void Quantize::eval(EvalContext& c) const {
    const Tensor &x = c.input(0), &scale = c.input(1);
    const auto places = scalePlaces(c, {axis, blockShape});
    Tensor& out = c.output(0, x.dims());
    for (int64_t i = 0; i < x.count(); ++i) {
        const int64_t place = places[static_cast<size_t>(i)];
        const double quotient = static_cast<float>(x.get(i)) / static_cast<float>(scale.get(place));
        const double zero = c.has(2) ? c.input(2).get(place) : 0;
        out.set(i, (isFloat(to) ? quotient : std::nearbyint(quotient)) + zero);
    }
}

void Quantize::emitScalar(ScalarBuilder& b) const {
    const int32_t x = b.cast(b.input(0), DType::F32);
    int32_t result = b.emit(ScalarOp::Div, x, b.cast(b.input(1), DType::F32));
    if (!isFloat(to)) result = b.emit(ScalarOp::RoundEven, result);
    if (b.inputCount() > 2 && b.input(2) >= 0) result = b.emit(ScalarOp::Add, result, b.cast(b.input(2), DType::F32));
    b.output(0, b.cast(result, to));
}

}  // namespace opentrt::ops
