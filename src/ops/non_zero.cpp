// SPDX-License-Identifier: Apache-2.0
#include "ops/non_zero.h"

#include <algorithm>

#include "ops/support/check.h"
#include "ops/support/index.h"

namespace opentrt::ops {

void NonZero::infer(InferContext& c) const {
    requireTypeIn(c, "indices type", indicesType, kIndexTypes);
    const Dim count = c.dataDependentSize(0, 1, volume(c.shape(0)));
    c.output(0, indicesType, {std::max<int64_t>(c.rank(0), 1), count});
}

void NonZero::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const auto dims = x.rank() == 0 ? std::vector<int64_t>{1} : x.dims();
    std::vector<std::vector<int64_t>> found;
    int64_t i = 0;
    forEachIndex(dims, [&](const auto& at) {
        if (isFloat(x.type()) ? x.get(i) != 0 : x.getInt(i) != 0) found.push_back(at);
        ++i;
    });
    const auto count = static_cast<int64_t>(found.size());
    Tensor& out = c.output(0, {static_cast<int64_t>(dims.size()), count});
    for (size_t j = 0; j < found.size(); ++j) {
        for (size_t axis = 0; axis < dims.size(); ++axis)
            out.setInt(static_cast<int64_t>(axis) * count + static_cast<int64_t>(j), found[j][axis]);
    }
}

}  // namespace opentrt::ops
