// SPDX-License-Identifier: Apache-2.0
#include "ops/element_wise.h"

#include "base/error.h"
#include "graph/dim_limits.h"
#include "graph/scalar.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"

namespace opentrt::ops {
namespace {

using E = ElementWiseOperation;

constexpr std::array kNumbers{DType::F32, DType::F16, DType::BF16, DType::F8,
                              DType::I8,  DType::U8,  DType::I32,  DType::I64};
constexpr std::array kNumbersAndBool{DType::F32, DType::F16, DType::BF16, DType::F8,  DType::I8,
                                     DType::U8,  DType::I32, DType::I64,  DType::Bool};
constexpr std::array kBool{DType::Bool};

bool isLogic(E operation) {
    return operation == E::And || operation == E::Or || operation == E::Xor;
}
bool isComparison(E operation) {
    return operation == E::Equal || operation == E::Greater || operation == E::Less;
}

//! Quotients of expressions are rounded down, which is truncation where nothing is negative.
bool divides(const Dim& a, const Dim& b, bool anySign) {
    if (b.isConstant() && b.constant() == 0) return false;
    return anySign || (nonNegative(a) && nonNegative(b));
}

std::optional<Dim> combine(E operation, const Dim& a, const Dim& b) {
    switch (operation) {
        case E::Sum:
            return a + b;
        case E::Prod:
            return a * b;
        case E::Sub:
            return a - b;
        case E::Max:
            return Dim::max(a, b);
        case E::Min:
            return Dim::min(a, b);
        case E::Div:
            return divides(a, b, false) ? std::optional(Dim::floorDiv(a, b)) : std::nullopt;
        case E::FloorDiv:
            return divides(a, b, true) ? std::optional(Dim::floorDiv(a, b)) : std::nullopt;
        case E::Mod:
            return divides(a, b, true) ? std::optional(Dim::mod(a, b)) : std::nullopt;
        case E::FMod:
            return divides(a, b, false) ? std::optional(Dim::mod(a, b)) : std::nullopt;
        case E::Equal:
            return Dim::equal(a, b);
        case E::Less:
            return Dim::less(a, b);
        case E::Greater:
            return Dim::less(b, a);
        case E::And:
            return a * b;
        case E::Or:
            return Dim::max(a, b);
        default:
            return std::nullopt;
    }
}

void trackElements(InferContext& c, E operation, const Shape& shape) try {
    const auto a = broadcastElements(c, 0, shape), b = broadcastElements(c, 1, shape);
    if (!a || !b) return;
    Elements out;
    for (size_t i = 0; i < a->size(); ++i) {
        const auto value = combine(operation, (*a)[i], (*b)[i]);
        if (!value) return;
        out.push_back(*value);
    }
    trackComputed(c, 0, isComparison(operation) ? DType::Bool : c.type(0), std::move(out));
} catch (const DimTooLarge&) {  // then only the data tell
}

ScalarOp scalarOf(E operation) {
    switch (operation) {
        case E::Sum:
            return ScalarOp::Add;
        case E::Prod:
            return ScalarOp::Mul;
        case E::Max:
            return ScalarOp::Max;
        case E::Min:
            return ScalarOp::Min;
        case E::Sub:
            return ScalarOp::Sub;
        case E::Div:
            return ScalarOp::Div;
        case E::Pow:
            return ScalarOp::Pow;
        case E::FloorDiv:
            return ScalarOp::FloorDiv;
        case E::And:
            return ScalarOp::And;
        case E::Or:
            return ScalarOp::Or;
        case E::Xor:
            return ScalarOp::Xor;
        case E::Equal:
            return ScalarOp::Equal;
        case E::Greater:
            return ScalarOp::Greater;
        case E::Less:
            return ScalarOp::Less;
        case E::Mod:
            return ScalarOp::Mod;
        case E::FMod:
            break;
    }
    return ScalarOp::FMod;
}

}  // namespace

void ElementWise::infer(InferContext& c) const {
    if (isLogic(operation))
        requireType(c, 0, kBool);
    else if (operation == E::Equal)
        requireType(c, 0, kNumbersAndBool);
    else
        requireType(c, 0, kNumbers);
    requireSameType(c, 0, 1);
    const Shape shape = broadcastInputs(c, 0, 2);
    c.output(0, isComparison(operation) ? DType::Bool : c.type(0), shape);
    if (!isFloat(c.type(0))) trackElements(c, operation, shape);
}

void ElementWise::eval(EvalContext& c) const {
    evalPointwise(*this, c);
}

void ElementWise::emitScalar(ScalarBuilder& b) const {
    b.output(0, b.emit(scalarOf(operation), b.input(0), b.input(1)));
}

}  // namespace opentrt::ops
