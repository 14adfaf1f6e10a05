// SPDX-License-Identifier: Apache-2.0
// Quantize. Inputs: 0 x (f32 f16 bf16 i32), 1 scale, 2 zero point (optional, scale's shape). Output: x's shape in `to`
// (i8 u8 i4 f8 f4): saturate(round_half_even(x / scale) + zero point); the quotient is taken in f32. Narrow floats
// round the quotient itself. The scale is
//   per tensor: a scalar or one element
//   per axis: [d], d being x's dimension `axis`
//   per block: of x's rank, each dimension dividing x's, or as blockShape (one entry per dimension) cuts x, rounded up
// The scalar program is the operator where the scale broadcasts like x: one element, or x's rank with dimensions that
// are 1 or x's, which is how canonical graphs write "per axis" ([1,C,1,1]). Tested by tests/ops/quantize.case.
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
