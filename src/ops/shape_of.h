// SPDX-License-Identifier: Apache-2.0
// Shape. Input: 0 x. Output: 1-D tensor of x's dimensions, whose contents are always tracked. `type` is i64 as in
// TensorRT 10, or i32 as before. The class is called ShapeOf because opentrt::Shape is the list of dimensions.
// Tested by tests/ops/shape.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class ShapeOf : public OpBase<ShapeOf> {
public:
    static constexpr OpInfo kInfo{"Shape", OpClass::Opaque, 1, 1, 1, "the dimensions as a tensor"};

    DType type = DType::I64;

    ShapeOf() = default;
    explicit ShapeOf(DType type) : type(type) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override { v.field("type", type); }
};

}  // namespace opentrt::ops
