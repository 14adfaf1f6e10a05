// SPDX-License-Identifier: Apache-2.0
// Unary. Input: 0 x. Output: like x, but bool for not, isinf, isnan. round goes to the nearest, ties to even.
// Types: floating; neg, abs, sign also i8 i32 i64 (wrapping); not takes bool. Tracks contents through neg.
// Tested by tests/ops/unary.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Same numbers as nvinfer1::UnaryOperation.
enum class UnaryOperation {
    // clang-format off
    Exp, Log, Sqrt, Recip, Abs, Neg, Sin, Cos, Tan, Sinh, Cosh, Asin, Acos, Atan, Asinh, Acosh, Atanh, Ceil, Floor,
    Erf, Not, Sign, Round, IsInf, IsNan
    // clang-format on
};
inline constexpr const char* kUnaryOperationNames[] = {
    "exp",  "log",   "sqrt",  "recip", "abs",  "neg",   "sin", "cos", "tan",  "sinh",  "cosh",  "asin", "acos",
    "atan", "asinh", "acosh", "atanh", "ceil", "floor", "erf", "not", "sign", "round", "isinf", "isnan"};

class Unary : public OpBase<Unary> {
public:
    static constexpr OpInfo kInfo{"Unary", OpClass::Pointwise, 1, 1, 1, "function of one operand"};

    UnaryOperation operation = UnaryOperation::Exp;

    Unary() = default;
    explicit Unary(UnaryOperation operation) : operation(operation) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void emitScalar(ScalarBuilder& builder) const override;
    void fields(FieldVisitor& v) override { v.field("operation", operation, kUnaryOperationNames); }
};

}  // namespace opentrt::ops
