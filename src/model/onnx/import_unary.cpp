// SPDX-License-Identifier: Apache-2.0
// Operators with one operand: mathematical functions, activations, and conversions of the type.
#include <cmath>
#include <limits>

#include "model/onnx/build.h"
#include "model/onnx/lookup.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"
#include "model/onnx/tensor_reader.h"

namespace opentrt::model {
namespace {

using nvinfer1::ActivationType;
using nvinfer1::ElementWiseOperation;
using nvinfer1::UnaryOperation;

constexpr NamedRow<UnaryOperation> kUnary[] = {
    {"Abs", UnaryOperation::kABS},     {"Acos", UnaryOperation::kACOS},   {"Acosh", UnaryOperation::kACOSH},
    {"Asin", UnaryOperation::kASIN},   {"Asinh", UnaryOperation::kASINH}, {"Atan", UnaryOperation::kATAN},
    {"Atanh", UnaryOperation::kATANH}, {"Ceil", UnaryOperation::kCEIL},   {"Cos", UnaryOperation::kCOS},
    {"Cosh", UnaryOperation::kCOSH},   {"Erf", UnaryOperation::kERF},     {"Exp", UnaryOperation::kEXP},
    {"Floor", UnaryOperation::kFLOOR}, {"IsNaN", UnaryOperation::kISNAN}, {"Log", UnaryOperation::kLOG},
    {"Neg", UnaryOperation::kNEG},     {"Not", UnaryOperation::kNOT},     {"Reciprocal", UnaryOperation::kRECIP},
    {"Round", UnaryOperation::kROUND}, {"Sign", UnaryOperation::kSIGN},   {"Sin", UnaryOperation::kSIN},
    {"Sinh", UnaryOperation::kSINH},   {"Sqrt", UnaryOperation::kSQRT},   {"Tan", UnaryOperation::kTAN},
};

//! Activation with the attributes that set alpha and beta, and what those are without the attribute.
struct ActivationRow {
    ActivationType type;
    const char* alphaName;
    float alpha;
    const char* betaName;
    float beta;
};

constexpr NamedRow<ActivationRow> kActivations[] = {
    {"Relu", {ActivationType::kRELU, nullptr, 0, nullptr, 0}},
    {"Sigmoid", {ActivationType::kSIGMOID, nullptr, 0, nullptr, 0}},
    {"Tanh", {ActivationType::kTANH, nullptr, 0, nullptr, 0}},
    {"LeakyRelu", {ActivationType::kLEAKY_RELU, "alpha", 0.01F, nullptr, 0}},
    {"Elu", {ActivationType::kELU, "alpha", 1, nullptr, 0}},
    {"Selu", {ActivationType::kSELU, "alpha", 1.67326319F, "gamma", 1.05070102F}},
    {"Softsign", {ActivationType::kSOFTSIGN, nullptr, 0, nullptr, 0}},
    {"Softplus", {ActivationType::kSOFTPLUS, nullptr, 1, nullptr, 1}},
    {"HardSigmoid", {ActivationType::kHARD_SIGMOID, "alpha", 0.2F, "beta", 0.5F}},
    {"ThresholdedRelu", {ActivationType::kTHRESHOLDED_RELU, "alpha", 1, nullptr, 0}},
};

//! x * f(x) for f an activation.
ITensor& gated(Context& c, ITensor& x, ActivationType type, float alpha, float beta) {
    return binary(c, x, activation(c, x, type, alpha, beta), ElementWiseOperation::kPROD);
}

//! The bound of a Clip: attribute up to opset 10, input after; infinite when absent, nothing when not known.
std::optional<double> bound(Context& c, const char* attribute, int input, double absent) {
    if (c.node.opset() < 11) return c.node.real(attribute, static_cast<float>(absent));
    if (!c.has(input)) return absent;
    return c.scalar(input);
}

}  // namespace

void importUnary(Context& c) {
    c.output(0, unary(c, c.tensor(0), *findRow(kUnary, c.node.op())));
}

void importActivation(Context& c) {
    const ActivationRow row = *findRow(kActivations, c.node.op());
    const float alpha = row.alphaName ? c.node.real(row.alphaName, row.alpha) : row.alpha;
    const float beta = row.betaName ? c.node.real(row.betaName, row.beta) : row.beta;
    c.output(0, activation(c, c.tensor(0), row.type, alpha, beta));
}

void importGelu(Context& c) {
    const std::string approximate = c.node.text("approximate", "none");
    if (approximate != "none" && approximate != "tanh") {
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute approximate = \"", approximate, "\" is not supported"));
    }
    const bool tanh = approximate == "tanh" || c.node.op() == "FastGelu";
    ITensor* x = &c.tensor(0);
    // BiasGelu and FastGelu add a bias first.
    if (c.has(1)) x = &binary(c, *x, c.tensor(1), ElementWiseOperation::kSUM);
    c.output(0, activation(c, *x, tanh ? ActivationType::kGELU_TANH : ActivationType::kGELU_ERF));
}

void importHardSwish(Context& c) {
    c.output(0, gated(c, c.tensor(0), ActivationType::kHARD_SIGMOID, 1.0F / 6, 0.5F));
}

//! x * sigmoid(alpha * x): Swish, and QuickGelu with another default.
void importSwish(Context& c) {
    ITensor& x = c.tensor(0);
    const float alpha = c.node.real("alpha", c.node.op() == "QuickGelu" ? 1.702F : 1.0F);
    ITensor& scaled = alpha == 1 ? x : withNumber(c, x, ElementWiseOperation::kPROD, alpha);
    c.output(0, binary(c, x, activation(c, scaled, ActivationType::kSIGMOID), ElementWiseOperation::kPROD));
}

//! Swish of the first input times the second.
void importSwiGlu(Context& c) {
    ITensor& gate = c.tensor(0);
    ITensor& scaled = withNumber(c, gate, ElementWiseOperation::kPROD, c.node.real("alpha", 1));
    ITensor& swish = binary(c, gate, activation(c, scaled, ActivationType::kSIGMOID), ElementWiseOperation::kPROD);
    c.output(0, binary(c, swish, c.tensor(1), ElementWiseOperation::kPROD));
}

void importMish(Context& c) {
    ITensor& x = c.tensor(0);
    ITensor& soft = activation(c, x, ActivationType::kSOFTPLUS, 1, 1);
    c.output(0, binary(c, x, activation(c, soft, ActivationType::kTANH), ElementWiseOperation::kPROD));
}

//! max(0, x) + min(0, alpha * (exp(x / alpha) - 1)), which is Elu of x / alpha scaled by alpha.
void importCelu(Context& c) {
    const float alpha = c.node.real("alpha", 1);
    ITensor& x = c.tensor(0);
    if (alpha == 1) return c.output(0, activation(c, x, ActivationType::kELU, 1));
    ITensor& inner = withNumber(c, x, ElementWiseOperation::kDIV, alpha);
    c.output(0, withNumber(c, activation(c, inner, ActivationType::kELU, 1), ElementWiseOperation::kPROD, alpha));
}

//! x < -lambd: x + bias; x > lambd: x - bias; else 0.
void importShrink(Context& c) {
    ITensor& x = c.tensor(0);
    const float lambd = c.node.real("lambd", 0.5F);
    const float bias = c.node.real("bias", 0);
    ITensor& zero = c.number(x.getType(), 0, dimsOf(x).nbDims);
    ITensor& low = withNumber(c, x, ElementWiseOperation::kLESS, -lambd);
    ITensor& high = withNumber(c, x, ElementWiseOperation::kGREATER, lambd);
    ITensor& shrunk = select(c, high, withNumber(c, x, ElementWiseOperation::kSUB, bias), zero);
    c.output(0, select(c, low, withNumber(c, x, ElementWiseOperation::kSUM, bias), shrunk));
}

void importClip(Context& c) {
    ITensor& x = c.tensor(0);
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    auto low = bound(c, "min", 1, -kInfinite);
    const auto high = bound(c, "max", 2, kInfinite);
    // Where the bounds cross, ONNX says the upper one.
    if (low && high && *low > *high) low = high;
    const bool floating = isFloating(x.getType());
    if (floating && low && high) {
        constexpr float kLargest = std::numeric_limits<float>::max();
        // An absent bound lets infinities through, which the clip layer's finite bounds would not.
        if (std::isinf(*low) && std::isinf(*high)) return c.output(0, identity(c, x));
        if (std::isinf(*high) && *low == 0) return c.output(0, activation(c, x, ActivationType::kRELU));
        if (!std::isinf(*low) && !std::isinf(*high)) {
            const auto finite = [&](double v) {
                return static_cast<float>(std::min<double>(kLargest, std::max<double>(-kLargest, v)));
            };
            return c.output(0, activation(c, x, ActivationType::kCLIP, finite(*low), finite(*high)));
        }
    }
    ITensor* result = &x;
    const auto limit = [&](const std::optional<double>& known, int input, ElementWiseOperation operation) {
        if (known && std::isinf(*known)) return;
        result = c.node.opset() < 11 ? &withNumber(c, *result, operation, *known)
                                     : &binary(c, *result, asScalar(c, c.tensor(input)), operation);
    };
    limit(low, 1, ElementWiseOperation::kMAX);
    limit(high, 2, ElementWiseOperation::kMIN);
    c.output(0, result == &x ? identity(c, x) : *result);
}

void importIsInf(Context& c) {
    ITensor& x = c.tensor(0);
    const bool negative = c.node.flag("detect_negative", true);
    const bool positive = c.node.flag("detect_positive", true);
    if (negative && positive) return c.output(0, unary(c, x, UnaryOperation::kISINF));
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    if (negative || positive) {
        return c.output(0, withNumber(c, x, ElementWiseOperation::kEQUAL, positive ? kInfinite : -kInfinite));
    }
    ITensor& infinite = unary(c, x, UnaryOperation::kISINF);
    c.output(0, binary(c, infinite, infinite, ElementWiseOperation::kXOR));
}

//! An Identity of a tensor is a layer, so that its output can be asked for by name; builds remove it. Constants, lists
//! and operators that turn out to do nothing are no layer: the output is the same value under another name.
void importIdentity(Context& c) {
    Value value = c.anyValue(0);
    if (c.node.op() == "Identity" && value.tensor && !value.constant) value.tensor = &identity(c, *value.tensor);
    c.forward(0, std::move(value));
}

}  // namespace opentrt::model
