// SPDX-License-Identifier: Apache-2.0
#include "ops/shape_of.h"

#include "ops/support/check.h"

namespace opentrt::ops {

void ShapeOf::infer(InferContext& c) const {
    requireTypeIn(c, "output type", type, kIndexTypes);
    c.output(0, type, {c.rank(0)});
    c.outputElements(0, c.shape(0));
}

void ShapeOf::eval(EvalContext& c) const {
    const auto& dims = c.input(0).dims();
    Tensor& out = c.output(0, {static_cast<int64_t>(dims.size())});
    for (size_t i = 0; i < dims.size(); ++i) out.setInt(static_cast<int64_t>(i), dims[i]);
}

}  // namespace opentrt::ops
