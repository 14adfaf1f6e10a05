// SPDX-License-Identifier: Apache-2.0
#include "ops/squeeze.h"

#include <algorithm>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"

namespace opentrt::ops {

void Squeeze::infer(InferContext& c) const {
    auto given = axes;
    if (c.has(1)) {
        requireIndices(c, 1, 1);
        const auto known = c.integers(1);
        if (!known) c.fail("axes to remove should be known at build time");
        given = *known;
    }
    const auto removed = normalizedAxes(c, given, c.rank(0));
    Shape out;
    for (int64_t axis = 0; axis < c.rank(0); ++axis) {
        const Dim& dim = c.shape(0)[static_cast<size_t>(axis)];
        if (!std::binary_search(removed.begin(), removed.end(), axis))
            out.push_back(dim);
        else if (differ(dim, 1))
            c.fail(cat("dimension ", axis, " to remove is ", dim, " when it should be 1"));
    }
    c.output(0, c.type(0), out);
    if (!trackable(out)) return;
    if (auto elements = c.elements(0)) c.outputElements(0, std::move(*elements));
}

void Squeeze::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const auto removed = normalizedAxes(c.has(1) ? c.input(1).toInts() : axes, x.rank());
    std::vector<int64_t> dims;
    for (int64_t axis = 0; axis < x.rank(); ++axis) {
        if (!std::binary_search(removed.begin(), removed.end(), axis))
            dims.push_back(x.dims()[static_cast<size_t>(axis)]);
    }
    if (volumeOf(dims) != x.count()) c.fail(cat("dimensions ", x.dims(), " at axes ", removed, " should be 1"));
    c.setOutput(0, x.reshaped(dims));
}

}  // namespace opentrt::ops
