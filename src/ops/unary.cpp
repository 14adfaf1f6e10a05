// SPDX-License-Identifier: Apache-2.0
#include "ops/unary.h"

#include "graph/scalar.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"

namespace opentrt::ops {
namespace {

using U = UnaryOperation;

constexpr std::array kFloating{DType::F32, DType::F16, DType::BF16, DType::F8};
constexpr std::array kSigned{DType::F32, DType::F16, DType::BF16, DType::F8, DType::I8, DType::I32, DType::I64};
constexpr std::array kBool{DType::Bool};

// In the order of UnaryOperation.
constexpr std::array kScalarOps{
    ScalarOp::Exp,   ScalarOp::Log,   ScalarOp::Sqrt,      ScalarOp::Recip, ScalarOp::Abs,
    ScalarOp::Neg,   ScalarOp::Sin,   ScalarOp::Cos,       ScalarOp::Tan,   ScalarOp::Sinh,
    ScalarOp::Cosh,  ScalarOp::Asin,  ScalarOp::Acos,      ScalarOp::Atan,  ScalarOp::Asinh,
    ScalarOp::Acosh, ScalarOp::Atanh, ScalarOp::Ceil,      ScalarOp::Floor, ScalarOp::Erf,
    ScalarOp::Not,   ScalarOp::Sign,  ScalarOp::RoundEven, ScalarOp::IsInf, ScalarOp::IsNan};
static_assert(kScalarOps.size() == std::size(kUnaryOperationNames));

}  // namespace

void Unary::infer(InferContext& c) const {
    const bool isTest = operation == U::IsInf || operation == U::IsNan;
    if (operation == U::Not)
        requireType(c, 0, kBool);
    else if (operation == U::Neg || operation == U::Abs || operation == U::Sign)
        requireType(c, 0, kSigned);
    else
        requireType(c, 0, kFloating);
    c.output(0, isTest ? DType::Bool : c.type(0), c.shape(0));
    if ((operation != U::Neg && operation != U::Not) || isFloat(c.type(0))) return;
    if (auto elements = broadcastElements(c, 0, c.shape(0))) {
        for (Dim& element : *elements) element = (operation == U::Not ? Dim(1) : Dim(0)) - element;
        trackComputed(c, 0, c.type(0), std::move(*elements));
    }
}

void Unary::eval(EvalContext& c) const {
    evalPointwise(*this, c);
}

void Unary::emitScalar(ScalarBuilder& b) const {
    b.output(0, b.emit(kScalarOps[static_cast<size_t>(operation)], b.input(0)));
}

}  // namespace opentrt::ops
