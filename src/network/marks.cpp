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

bool Network::markWeightsRefittable(char const* text) noexcept {
    return guarded(reporter_, [&] {
        if (!text) throw Error(ErrorCode::InvalidArgument, "", "weights to be refitted need a name");
        const bool known = std::any_of(weightNames_.begin(), weightNames_.end(),
                                       [&](const auto& named) { return named.second == text; });
        if (!known) throw Error(ErrorCode::InvalidArgument, text, "the network has no weights of this name");
        refittable_.insert(text);
    });
}
bool Network::unmarkWeightsRefittable(char const* text) noexcept {
    return guarded(reporter_, false, [&] { return text && refittable_.erase(text) > 0; });
}
bool Network::areWeightsMarkedRefittable(char const* text) const noexcept {
    return text && refittable_.count(std::string(text)) > 0;
}

const std::string& Network::nameOfWeights(const void* values) const {
    static const std::string kNone;
    const auto at = weightNames_.find(values);
    return at == weightNames_.end() ? kNone : at->second;
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
