// SPDX-License-Identifier: Apache-2.0
#include "ops/one_hot.h"

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/move.h"

namespace opentrt::ops {

void OneHot::infer(InferContext& c) const {
    requireType(c, 0, kIndexTypes);
    requireRank(c, 1, 1);
    requireSame(c, "number of values", c.shape(1)[0], 2);
    requireType(c, 2, kIndexTypes);
    requireSingle(c, 2);
    const int64_t at = c.axis(axis, c.rank(0) + 1);
    const auto depth = c.elements(2);
    if (depth && (*depth)[0].isConstant() && (*depth)[0].constant() < 1)
        c.fail(cat("depth is ", (*depth)[0], " when it should be at least 1"));
    Shape out = c.shape(0);
    out.insert(out.begin() + at, depth ? (*depth)[0] : c.dataDependentSize(0, static_cast<int>(at), kAnySize));
    c.output(0, c.type(1), out);
}

void OneHot::eval(EvalContext& c) const {
    const Tensor &indices = c.input(0), &values = c.input(1);
    const int64_t depth = c.input(2).getInt(0), at = normalizedAxis(axis, indices.rank() + 1);
    if (depth < 1) c.fail(cat("depth is ", depth, " when it should be at least 1"));
    auto dims = indices.dims();
    dims.insert(dims.begin() + at, depth);
    const auto split = splitAt(dims, at);
    const auto index = indices.toInts();
    moveElements(c.output(0, dims), values, [&](int64_t i) {
        const int64_t n = i % split.inner, position = i / split.inner % depth, o = i / split.inner / depth;
        return int64_t{wrappedIndex(index[static_cast<size_t>(o * split.inner + n)], depth) == position};
    });
}

}  // namespace opentrt::ops
