// SPDX-License-Identifier: Apache-2.0
#include "ops/unsqueeze.h"

#include "ops/support/check.h"
#include "ops/support/elements.h"

namespace opentrt::ops {
namespace {

template <class Size>
std::vector<Size> insertOnes(std::vector<Size> dims, const std::vector<int64_t>& sortedAxes) {
    for (int64_t axis : sortedAxes) dims.insert(dims.begin() + axis, Size(1));
    return dims;
}

}  // namespace

void Unsqueeze::infer(InferContext& c) const {
    auto given = axes;
    if (c.has(1)) {
        requireIndices(c, 1, 1);
        const auto known = c.integers(1);
        if (!known) c.fail("axes to insert should be known at build time");
        given = *known;
    }
    const auto inserted = normalizedAxes(c, given, c.rank(0) + static_cast<int64_t>(given.size()));
    const Shape out = insertOnes(c.shape(0), inserted);
    c.output(0, c.type(0), out);
    if (!trackable(out)) return;
    if (auto elements = c.elements(0)) c.outputElements(0, std::move(*elements));
}

void Unsqueeze::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const auto given = c.has(1) ? c.input(1).toInts() : axes;
    const auto inserted = normalizedAxes(given, x.rank() + static_cast<int64_t>(given.size()));
    c.setOutput(0, x.reshaped(insertOnes(x.dims(), inserted)));
}

}  // namespace opentrt::ops
