// SPDX-License-Identifier: Apache-2.0
// Quantize. Inputs: 0 x (f32 f16 bf16, i32), 1 scale, 2 zero point (optional, scale's shape). Output: x's shape in
// `to`: saturate(round_half_even(x / scale) + zero point); the quotient is taken in f32. Narrow floats round the
// quotient itself. Scale: a scalar or one element (axis -1: per tensor); [d] with d x's dimension `axis` (per axis);
// x's rank with each dimension dividing x's (block): blockShape, when given, names the ratios. Types of `to`: i8 u8 i4
// f8 f4. Not emitted as a scalar program unless the scale is per tensor or broadcasts like x. Tested by
// tests/ops/quantize.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Quantize : public OpBase<Quantize> {
public:
    static constexpr OpInfo kInfo{"Quantize", OpClass::Pointwise, 2, 3, 1, "real numbers to a narrow type by a scale"};

    int64_t axis = -1;
    DType to = DType::I8;
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
