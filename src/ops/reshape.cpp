// SPDX-License-Identifier: Apache-2.0
#include "ops/reshape.h"

#include "ops/support/elements.h"
#include "ops/support/reshape_rule.h"

namespace opentrt::ops {

void Reshape::infer(InferContext& c) const {
    const Shape out = c.has(1) ? reshapedByInput(c, c.shape(0), 1, {zeroIsPlaceholder, false})
                               : reshapedShape(c, c.shape(0), shapeOf(dims), {zeroIsPlaceholder, true});
    c.output(0, c.type(0), out);
    if (!trackable(out)) return;
    if (auto elements = c.elements(0)) c.outputElements(0, std::move(*elements));
}

void Reshape::eval(EvalContext& c) const {
    const bool byInput = c.has(1);
    const auto entries = byInput ? c.input(1).toInts() : dims;
    c.setOutput(0, c.input(0).reshaped(reshapedDims(c, c.input(0).dims(), entries, {zeroIsPlaceholder, !byInput})));
}

}  // namespace opentrt::ops
