// SPDX-License-Identifier: Apache-2.0
#include "ops/identity.h"

#include "graph/scalar.h"
#include "ops/support/elements.h"

namespace opentrt::ops {

void Identity::infer(InferContext& c) const {
    c.output(0, c.type(0), c.shape(0));
    if (auto elements = broadcastElements(c, 0, c.shape(0))) c.outputElements(0, std::move(*elements));
}

void Identity::eval(EvalContext& c) const {
    c.setOutput(0, c.input(0));
}

void Identity::emitScalar(ScalarBuilder& b) const {
    b.output(0, b.input(0));
}

}  // namespace opentrt::ops
