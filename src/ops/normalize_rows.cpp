// SPDX-License-Identifier: Apache-2.0
#include "ops/normalize_rows.h"

#include "graph/scalar.h"
#include "ops/support/check.h"

namespace opentrt::ops {

void NormalizeRows::infer(InferContext& c) const {
    requireType(c, kX, kReals);
    for (int input = kMean; input < c.inputCount(); ++input) {
        if (!c.has(input)) continue;
        if (input >= kScale) requireSameType(c, kX, input);
        if (input < kScale) requireType(c, input, std::array{DType::F32});
        requireBroadcastsTo(c, input, c.shape(kX));
    }
    c.require(c.has(kFactor), "the factor is left out");
    c.output(0, c.type(kX), c.shape(kX));
}

void NormalizeRows::eval(EvalContext& c) const {
    evalPointwise(*this, c);
}

void NormalizeRows::emitScalar(ScalarBuilder& b) const {
    const auto has = [&](int i) { return i < b.inputCount() && b.input(i) >= 0; };
    int32_t y = b.input(kX);
    if (has(kMean)) {
        const int32_t mean = b.input(kMean);
        y = b.emit(ScalarOp::Sub, y, has(kSlope) ? b.emit(ScalarOp::Mul, mean, b.input(kSlope)) : mean);
    }
    y = b.emit(ScalarOp::Mul, y, b.input(kFactor));
    if (has(kScale)) y = b.emit(ScalarOp::Mul, y, b.input(kScale));
    if (has(kBias)) y = b.emit(ScalarOp::Add, y, b.input(kBias));
    b.output(0, y);
}

}  // namespace opentrt::ops
