// SPDX-License-Identifier: Apache-2.0
#include "ops/assertion.h"

#include "base/error.h"
#include "ops/support/check.h"

namespace opentrt::ops {

void Assertion::infer(InferContext& c) const {
    requireType(c, 0, std::array{DType::Bool});
    const auto elements = c.elements(0);
    if (!elements) return;
    for (const Dim& element : *elements) {
        if (element.isConstant() && element.constant() == 0) c.fail(cat("assertion is always false: ", message));
    }
}

void Assertion::eval(EvalContext& c) const {
    for (int64_t value : c.input(0).toInts()) {
        if (!value) c.fail(cat("assertion failed: ", message));
    }
}

}  // namespace opentrt::ops
