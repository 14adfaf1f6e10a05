// SPDX-License-Identifier: Apache-2.0
#include "ops/shuffle.h"

#include "ops/support/elements.h"
#include "ops/support/permutation.h"
#include "ops/support/reshape_rule.h"

namespace opentrt::ops {

void Shuffle::infer(InferContext& c) const {
    Shape shape = c.shape(0);
    if (!first.empty()) {
        checkPermutation(c, "first transpose", first, shape.size());
        shape = permuted(shape, first);
    }
    if (c.has(1))
        shape = reshapedByInput(c, shape, 1, {zeroIsPlaceholder, false}, second);
    else if (reshapes)
        shape = reshapedShape(c, shape, shapeOf(dims), {zeroIsPlaceholder, false});
    const Shape middle = shape;
    if (!second.empty()) {
        checkPermutation(c, "second transpose", second, shape.size());
        shape = permuted(shape, second);
    }
    c.output(0, c.type(0), shape);
    if (!isStatic(middle)) return;
    trackMovement(c, shape, [&](const Tensor& places) {
        const Tensor turned = first.empty() ? places : permuted(places, first);
        const Tensor reshaped = turned.reshaped(staticDims(middle));
        return second.empty() ? reshaped : permuted(reshaped, second);
    });
}

void Shuffle::eval(EvalContext& c) const {
    Tensor out = first.empty() ? c.input(0) : permuted(c.input(0), first);
    if (c.has(1))
        out = out.reshaped(reshapedDims(c, out.dims(), c.input(1).toInts(), {zeroIsPlaceholder, false}));
    else if (reshapes)
        out = out.reshaped(reshapedDims(c, out.dims(), dims, {zeroIsPlaceholder, false}));
    c.setOutput(0, second.empty() ? out : permuted(out, second));
}

}  // namespace opentrt::ops
