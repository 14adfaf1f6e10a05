// SPDX-License-Identifier: Apache-2.0
// Cast. Input: 0 x of any type. Output: the same shape in type `to`. Floating to integer truncates toward zero and
// saturates (NaN becomes 0); integer to integer wraps; anything to bool is x != 0; to a floating type
// rounds to nearest even. Contents of shape tensors pass. Tested by tests/ops/cast.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Cast : public OpBase<Cast> {
public:
    static constexpr OpInfo kInfo{"Cast", OpClass::Pointwise, 1, 1, 1, "conversion of the element type"};

    DType to = DType::F32;

    Cast() = default;
    explicit Cast(DType to) : to(to) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void emitScalar(ScalarBuilder& builder) const override;
    void fields(FieldVisitor& v) override { v.field("to", to); }
};

}  // namespace opentrt::ops
