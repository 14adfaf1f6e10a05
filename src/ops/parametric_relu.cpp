// SPDX-License-Identifier: Apache-2.0
#include "ops/parametric_relu.h"

#include "graph/scalar.h"
#include "ops/support/check.h"

namespace opentrt::ops {

void ParametricRelu::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    requireSameType(c, 0, 1);
    requireBroadcastsTo(c, 1, c.shape(0));
    c.output(0, c.type(0), c.shape(0));
}

void ParametricRelu::eval(EvalContext& c) const {
    evalPointwise(*this, c);
}

void ParametricRelu::emitScalar(ScalarBuilder& b) const {
    const int32_t x = b.input(0);
    const int32_t negative = b.emit(ScalarOp::Less, x, b.constant(b.type(x), 0));
    b.output(0, b.emit(ScalarOp::Select, negative, b.emit(ScalarOp::Mul, b.input(1), x), x));
}

}  // namespace opentrt::ops
