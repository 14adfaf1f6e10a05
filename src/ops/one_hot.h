// SPDX-License-Identifier: Apache-2.0
// OneHot. Inputs: 0 indices (i32, i64), 1 values [off, on], 2 depth (0-D i32 or i64). Output: values' type; indices'
// shape with a dimension `depth` inserted at `axis` (-rank-1 .. rank): on where the position equals the index (negative
// ones count from depth), else off. Tested by tests/ops/one_hot.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class OneHot : public OpBase<OneHot> {
public:
    static constexpr OpInfo kInfo{"OneHot", OpClass::Opaque, 3, 3, 1, "one-hot encoding of indices"};

    int64_t axis = -1;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override { v.field("axis", axis); }
};

}  // namespace opentrt::ops
