// SPDX-License-Identifier: Apache-2.0
// What users note on a network beside its layers: names of weights, debug tensors, legacy formulas.
#include "network/network.h"

namespace opentrt::network {

using api::guarded;

bool Network::setWeightsName(Weights weights, char const* text) noexcept {
    return guarded(reporter_, [&] {
        if (!text) throw Error(ErrorCode::InvalidArgument, "", "weights need a name");
        weightNames_[weights.values] = text;
    });
}

// Refitting is not there yet, so no weights are marked for it.
bool Network::markWeightsRefittable(char const*) noexcept {
    reporter_.unsupported("refitting weights");
    return false;
}
bool Network::unmarkWeightsRefittable(char const*) noexcept {
    return false;
}
bool Network::areWeightsMarkedRefittable(char const*) const noexcept {
    return false;
}

bool Network::unmarkDebug(ITensor&) noexcept {
    return false;
}
bool Network::isDebugTensor(ITensor const&) const noexcept {
    return false;
}
bool Network::unmarkUnfusedTensorsAsDebugTensors() noexcept {
    return false;
}

namespace {

//! The rule of the layers themselves: floor((in + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1.
class BuiltInFormula final : public IOutputDimensionsFormula {
public:
    DimsHW compute(DimsHW input, DimsHW kernel, DimsHW stride, DimsHW padding, DimsHW dilation,
                   char const*) const override {
        DimsHW output;
        for (int axis = 0; axis < 2; ++axis) {
            const auto reach = dilation.d[axis] * (kernel.d[axis] - 1) + 1;
            output.d[axis] = (input.d[axis] + 2 * padding.d[axis] - reach) / stride.d[axis] + 1;
        }
        return output;
    }
};

}  // namespace

void Network::setOutputDimensionsFormula(LayerType, IOutputDimensionsFormula* formula) noexcept {
    if (formula) reporter_.unsupported("an output dimensions formula of the application (use padding modes)");
}

IOutputDimensionsFormula& Network::getOutputDimensionsFormula(LayerType) const noexcept {
    static BuiltInFormula formula;
    return formula;
}

}  // namespace opentrt::network
