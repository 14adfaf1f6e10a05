// SPDX-License-Identifier: Apache-2.0
#include "ops/transpose.h"

#include "ops/support/elements.h"
#include "ops/support/permutation.h"

namespace opentrt::ops {

void Transpose::infer(InferContext& c) const {
    checkPermutation(c, "permutation", permutation, c.shape(0).size());
    const Shape out = permuted(c.shape(0), permutation);
    c.output(0, c.type(0), out);
    trackMovement(c, out, [this](const Tensor& places) { return permuted(places, permutation); });
}

void Transpose::eval(EvalContext& c) const {
    c.setOutput(0, permuted(c.input(0), permutation));
}

}  // namespace opentrt::ops
