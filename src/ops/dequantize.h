// SPDX-License-Identifier: Apache-2.0
// Dequantize. Inputs: 0 x (i8 u8 i4 f8 f4, i32), 1 scale, 2 zero point (optional, scale's shape). Output: x's shape in
// `to` (f32 f16 bf16): (x - zero point) * scale. Scale as for Quantize. Tested by tests/ops/dequantize.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Dequantize : public OpBase<Dequantize> {
public:
    static constexpr OpInfo kInfo{"Dequantize", OpClass::Pointwise, 2, 3, 1, "narrow type to real numbers by a scale"};

    int64_t axis = -1;
    DType to = DType::F32;
    std::vector<int64_t> blockShape;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void emitScalar(ScalarBuilder& builder) const override;
    void fields(FieldVisitor& v) override {
        v.field("axis", axis);
        v.field("to", to);
        v.field("blockShape", blockShape);
    }
};

}  // namespace opentrt::ops
