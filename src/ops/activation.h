// SPDX-License-Identifier: Apache-2.0
// Activation. Input: 0 x. Output: like x. With a = alpha, b = beta:
//   relu max(x,0) | sigmoid | tanh | leaky_relu x>=0 ? x : a*x | elu x>=0 ? x : a*(exp(x)-1)
//   selu x>0 ? b*x : b*a*(exp(x)-1) | softsign x/(1+|x|) | softplus a*log(exp(b*x)+1) | clip max(a, min(b,x))
//   hard_sigmoid max(0, min(1, a*x+b)) | scaled_tanh a*tanh(b*x) | thresholded_relu x>a ? x : 0
//   gelu_erf x/2*(1+erf(x/sqrt(2))) | gelu_tanh x/2*(1+tanh(sqrt(2/pi)*(x+0.044715x^3)))
// Types: floating; relu takes i8 i32 i64 too, clip i32 i64. Tested by tests/ops/activation.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Same numbers as nvinfer1::ActivationType.
enum class ActivationFunction {
    // clang-format off
    Relu, Sigmoid, Tanh, LeakyRelu, Elu, Selu, Softsign, Softplus, Clip, HardSigmoid, ScaledTanh, ThresholdedRelu,
    GeluErf, GeluTanh
    // clang-format on
};
inline constexpr const char* kActivationFunctionNames[] = {
    "relu", "sigmoid",      "tanh",        "leaky_relu",       "elu",      "selu",     "softsign", "softplus",
    "clip", "hard_sigmoid", "scaled_tanh", "thresholded_relu", "gelu_erf", "gelu_tanh"};

class Activation : public OpBase<Activation> {
public:
    static constexpr OpInfo kInfo{
        "Activation", OpClass::Pointwise, 1, 1, 1, "activation function with up to two parameters"};

    ActivationFunction function = ActivationFunction::Relu;
    double alpha = 0;
    double beta = 0;

    Activation() = default;
    explicit Activation(ActivationFunction function, double alpha = 0, double beta = 0)
        : function(function), alpha(alpha), beta(beta) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void emitScalar(ScalarBuilder& builder) const override;
    void fields(FieldVisitor& v) override {
        v.field("function", function, kActivationFunctionNames);
        v.field("alpha", alpha);
        v.field("beta", beta);
    }
};

}  // namespace opentrt::ops
