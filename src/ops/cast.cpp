// SPDX-License-Identifier: Apache-2.0
#include "ops/cast.h"

#include "graph/scalar.h"
#include "ops/support/elements.h"

namespace opentrt::ops {

void Cast::infer(InferContext& c) const {
    c.output(0, to, c.shape(0));
    if (isFloat(to) || isFloat(c.type(0))) return;
    if (auto elements = broadcastElements(c, 0, c.shape(0))) {
        if (to == DType::Bool) {
            for (Dim& element : *elements) element = Dim(1) - Dim::equal(element, 0);
        }
        trackComputed(c, 0, to, std::move(*elements));
    }
}

void Cast::eval(EvalContext& c) const {
    evalPointwise(*this, c);
}

void Cast::emitScalar(ScalarBuilder& b) const {
    b.output(0, b.cast(b.input(0), to));
}

}  // namespace opentrt::ops
