// SPDX-License-Identifier: Apache-2.0
#include "ops/activation.h"

#include <numbers>

#include "graph/scalar.h"
#include "ops/support/check.h"

namespace opentrt::ops {
namespace {

using A = ActivationFunction;

constexpr std::array kFloating{DType::F32, DType::F16, DType::BF16, DType::F8};
constexpr std::array kReluTypes{DType::F32, DType::F16, DType::BF16, DType::F8, DType::I8, DType::I32, DType::I64};
constexpr std::array kClipTypes{DType::F32, DType::F16, DType::BF16, DType::F8, DType::I32, DType::I64};

//! Arithmetic on instruction numbers, so that formulas read as formulas.
struct Expression {
    ScalarBuilder& b;
    int32_t id;

    Expression make(double value) const { return {b, b.constant(b.type(id), value)}; }
    friend Expression operator+(Expression x, Expression y) { return {x.b, x.b.emit(ScalarOp::Add, x.id, y.id)}; }
    friend Expression operator-(Expression x, Expression y) { return {x.b, x.b.emit(ScalarOp::Sub, x.id, y.id)}; }
    friend Expression operator*(Expression x, Expression y) { return {x.b, x.b.emit(ScalarOp::Mul, x.id, y.id)}; }
    friend Expression operator/(Expression x, Expression y) { return {x.b, x.b.emit(ScalarOp::Div, x.id, y.id)}; }
    friend Expression operator<(Expression x, Expression y) { return {x.b, x.b.emit(ScalarOp::Less, x.id, y.id)}; }
    friend Expression operator+(Expression x, double y) { return x + x.make(y); }
    friend Expression operator-(Expression x, double y) { return x - x.make(y); }
    friend Expression operator*(double y, Expression x) { return x.make(y) * x; }
    friend Expression operator<(Expression x, double y) { return x < x.make(y); }
    friend Expression operator>(Expression x, double y) { return x.make(y) < x; }
};
Expression call(ScalarOp op, Expression x) {
    return {x.b, x.b.emit(op, x.id)};
}
Expression max(Expression x, double y) {
    return {x.b, x.b.emit(ScalarOp::Max, x.id, x.make(y).id)};
}
Expression min(Expression x, double y) {
    return {x.b, x.b.emit(ScalarOp::Min, x.id, x.make(y).id)};
}
Expression choose(Expression condition, Expression then, Expression otherwise) {
    return {then.b, then.b.emit(ScalarOp::Select, condition.id, then.id, otherwise.id)};
}
Expression tanh(Expression x) {
    return call(ScalarOp::Tanh, x);
}
Expression exp(Expression x) {
    return call(ScalarOp::Exp, x);
}
Expression abs(Expression x) {
    return call(ScalarOp::Abs, x);
}

Expression emitFunction(A function, Expression x, double alpha, double beta) {
    switch (function) {
        case A::Relu:
            return max(x, 0);
        case A::Sigmoid:
            return call(ScalarOp::Sigmoid, x);
        case A::Tanh:
            return tanh(x);
        case A::LeakyRelu:
            return choose(x < 0, alpha * x, x);
        case A::Elu:
            return choose(x < 0, alpha * (exp(x) - 1), x);
        case A::Selu:
            return choose(x > 0, beta * x, beta * (alpha * (exp(x) - 1)));
        case A::Softsign:
            return x / (abs(x) + 1);
        case A::Softplus: {
            // log(exp(y) + 1), in the form that does not overflow.
            const auto y = beta * x;
            return alpha * (max(y, 0) + call(ScalarOp::Log, exp(-1 * abs(y)) + 1));
        }
        case A::Clip:
            return max(min(x, beta), alpha);
        case A::HardSigmoid:
            return max(min(alpha * x + beta, 1), 0);
        case A::ScaledTanh:
            return alpha * tanh(beta * x);
        case A::ThresholdedRelu:
            return choose(x > alpha, x, x.make(0));
        case A::GeluErf:
            return 0.5 * x * (call(ScalarOp::Erf, std::numbers::sqrt2 / 2 * x) + 1);
        case A::GeluTanh:
            break;
    }
    const double factor = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
    return 0.5 * x * (tanh(factor * (x + 0.044715 * (x * x * x))) + 1);
}

}  // namespace

void Activation::infer(InferContext& c) const {
    if (function == A::Relu)
        requireType(c, 0, kReluTypes);
    else if (function == A::Clip)
        requireType(c, 0, kClipTypes);
    else
        requireType(c, 0, kFloating);
    c.output(0, c.type(0), c.shape(0));
}

void Activation::eval(EvalContext& c) const {
    evalPointwise(*this, c);
}

void Activation::emitScalar(ScalarBuilder& b) const {
    b.output(0, emitFunction(function, {b, b.input(0)}, alpha, beta).id);
}

}  // namespace opentrt::ops
