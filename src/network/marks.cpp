// SPDX-License-Identifier: Apache-2.0
// What users note on a network beside its layers: names of weights, debug tensors.
#include <algorithm>

#include "network/rules.h"
#include "ops/probe.h"

namespace opentrt::network {

using api::guarded;

namespace {

//! Stands behind a debug tensor. The tensor may be renamed until the build.
class ProbeLayer final : public LayerShell<IIdentityLayer, apiv::VIdentityLayer> {
public:
    using LayerShell::LayerShell;
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override {
        const std::string& tensor = inputs[0]->name;
        graph.addNode(std::make_unique<ops::Probe>(tensor, false), values, cat("debug ", tensor), {}, 0);
        return {};
    }
};

}  // namespace

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

bool Network::markDebug(ITensor& tensor) noexcept {
    return guarded(reporter_, [&] {
        TensorShell& marked = *own(*this, &tensor);
        if (isDebugTensor(tensor)) return;
        auto probe = std::make_unique<ProbeLayer>(*this, LayerType::kIDENTITY, std::make_unique<ops::Probe>());
        probe->inputs.push_back(&marked);
        probes_.push_back(std::move(probe));
    });
}
bool Network::unmarkDebug(ITensor& tensor) noexcept {
    return std::erase_if(probes_, [&](const auto& probe) { return probe->inputs[0] == &tensor; }) > 0;
}
bool Network::isDebugTensor(ITensor const& tensor) const noexcept {
    return std::any_of(probes_.begin(), probes_.end(), [&](const auto& probe) { return probe->inputs[0] == &tensor; });
}
bool Network::markUnfusedTensorsAsDebugTensors() noexcept {
    return showsUnfused_ = true;
}
bool Network::unmarkUnfusedTensorsAsDebugTensors() noexcept {
    showsUnfused_ = false;
    return true;
}

}  // namespace opentrt::network
