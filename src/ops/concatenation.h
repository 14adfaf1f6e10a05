// SPDX-License-Identifier: Apache-2.0
// Concatenation. Inputs: one or more, alike in type, rank and all dimensions but `axis` (may be negative). Output:
// their elements one behind the other along the axis. Contents of shape tensors are tracked. Tested by
// tests/ops/concatenation.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Concatenation : public OpBase<Concatenation> {
public:
    static constexpr OpInfo kInfo{"Concatenation", OpClass::Movement, 1, -1, 1, "joins tensors along an axis"};

    int64_t axis = 0;

    Concatenation() = default;
    explicit Concatenation(int64_t axis) : axis(axis) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override { v.field("axis", axis); }
};

}  // namespace opentrt::ops
