// SPDX-License-Identifier: Apache-2.0
// ElementWise. Inputs: 0 a, 1 b of equal rank and type; each dimension is equal or 1. Output: broadcast shape; type of
// the inputs, but bool for and, or, xor (which take bool) and for equal, greater, less.
// Rules. R1 integer div truncates toward zero, floordiv rounds down, mod has the divisor's sign and fmod the
// dividend's. R2 integer arithmetic wraps; a quotient or remainder by zero is 0. R3 min and max return NaN when either
// is NaN. R4 integer pow with a negative exponent truncates the real value (0 to a negative power is 0). Types: all but
// bool, i4 and f4 for arithmetic; equal takes bool too. Contents of shape tensors are tracked through sum, prod, sub,
// div, floordiv, mod, min, max, equal, greater, less, and, or. Tested by tests/ops/element_wise.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Up to Less the same numbers as nvinfer1::ElementWiseOperation; Mod and FMod are ours.
enum class ElementWiseOperation {
    // clang-format off
    Sum, Prod, Max, Min, Sub, Div, Pow, FloorDiv, And, Or, Xor, Equal, Greater, Less, Mod, FMod
    // clang-format on
};
inline constexpr const char* kElementWiseOperationNames[] = {"sum",     "prod",     "max", "min", "sub", "div",
                                                             "pow",     "floordiv", "and", "or",  "xor", "equal",
                                                             "greater", "less",     "mod", "fmod"};

class ElementWise : public OpBase<ElementWise> {
public:
    static constexpr OpInfo kInfo{"ElementWise", OpClass::Pointwise, 2, 2, 1, "binary operation with broadcast"};

    ElementWiseOperation operation = ElementWiseOperation::Sum;

    ElementWise() = default;
    explicit ElementWise(ElementWiseOperation operation) : operation(operation) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void emitScalar(ScalarBuilder& builder) const override;
    void fields(FieldVisitor& v) override { v.field("operation", operation, kElementWiseOperationNames); }
};

}  // namespace opentrt::ops
