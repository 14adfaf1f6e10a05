// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/fused_activation.h"

#include "model/onnx/build.h"
#include "model/onnx/lookup.h"

namespace opentrt::model {
namespace {

using nvinfer1::ActivationType;

struct ActivationRow {
    ActivationType type;
    float alpha, beta;  //!< when nothing else is said
};

constexpr NamedRow<ActivationRow> kActivations[] = {
    {"Relu", {ActivationType::kRELU, 0, 0}},
    {"Tanh", {ActivationType::kTANH, 0, 0}},
    {"Sigmoid", {ActivationType::kSIGMOID, 0, 0}},
    {"LeakyRelu", {ActivationType::kLEAKY_RELU, 0.01F, 0}},
    {"Clip", {ActivationType::kCLIP, -3.4028235e38F, 3.4028235e38F}},
    {"HardSigmoid", {ActivationType::kHARD_SIGMOID, 0.2F, 0.5F}},
};

}  // namespace

ITensor& withActivation(Context& c, ITensor& x, const std::string& name, const std::vector<float>& parameters) {
    if (name.empty()) return x;
    const ActivationRow row = rowFor(kActivations, name, "activation");
    const auto parameter = [&](size_t i, float absent) { return i < parameters.size() ? parameters[i] : absent; };
    return activation(c, x, row.type, parameter(0, row.alpha), parameter(1, row.beta));
}

}  // namespace opentrt::model
