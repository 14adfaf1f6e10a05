// SPDX-License-Identifier: Apache-2.0
// Softmax. Input: 0 x. Output: like x, exp(x - max) / sum along `axis` (may be negative). A slice whose maximum is -inf
// gives NaN, as the formula does. Types: f32 f16 bf16. Tested by tests/ops/softmax.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Softmax : public OpBase<Softmax> {
public:
    static constexpr OpInfo kInfo{
        "Softmax", OpClass::Normalize, 1, 1, 1, "exponentials over one axis, scaled to sum 1"};

    int64_t axis = 1;

    Softmax() = default;
    explicit Softmax(int64_t axis) : axis(axis) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override { v.field("axis", axis); }
};

}  // namespace opentrt::ops
