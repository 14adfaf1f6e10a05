// SPDX-License-Identifier: Apache-2.0
#include "ops/select.h"

#include "graph/scalar.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"

namespace opentrt::ops {

void Select::infer(InferContext& c) const {
    requireType(c, 0, std::array{DType::Bool});
    requireSameType(c, 1, 2);
    const Shape shape = broadcastInputs(c, 0, 3);
    c.output(0, c.type(1), shape);
    const auto condition = broadcastElements(c, 0, shape);
    const auto then = broadcastElements(c, 1, shape), otherwise = broadcastElements(c, 2, shape);
    if (!condition || !then || !otherwise) return;
    Elements out;
    for (size_t i = 0; i < condition->size(); ++i)
        out.push_back(Dim::select((*condition)[i], (*then)[i], (*otherwise)[i]));
    c.outputElements(0, std::move(out));
}

void Select::eval(EvalContext& c) const {
    evalPointwise(*this, c);
}

void Select::emitScalar(ScalarBuilder& b) const {
    b.output(0, b.emit(ScalarOp::Select, b.input(0), b.input(1), b.input(2)));
}

}  // namespace opentrt::ops
