// SPDX-License-Identifier: Apache-2.0
// Layers that this version refuses by name.
#include "network/network.h"

namespace opentrt::network {

IPluginV2Layer* Network::addPluginV2(ITensor* const*, int32_t, IPluginV2&) noexcept {
    reporter_.unsupported("a plugin layer");
    return nullptr;
}

IPluginV3Layer* Network::addPluginV3(ITensor* const*, int32_t, ITensor* const*, int32_t, IPluginV3&) noexcept {
    reporter_.unsupported("a plugin layer");
    return nullptr;
}

bool Network::markDebug(ITensor&) noexcept {
    reporter_.unsupported("a debug tensor");
    return false;
}

bool Network::markUnfusedTensorsAsDebugTensors() noexcept {
    reporter_.unsupported("marking debug tensors");
    return false;
}

IMoELayer* Network::addMoE(ITensor&, ITensor&, ITensor&) noexcept {
    reporter_.unsupported("the mixture-of-experts layer");
    return nullptr;
}

IDistCollectiveLayer* Network::addDistCollective(ITensor&, CollectiveOperation, ReduceOperation, int64_t, int64_t*,
                                                 int64_t) noexcept {
    reporter_.unsupported("a collective across ranks");
    return nullptr;
}

IPluginLayer* Network::addPlugin(ITensor* const*, int32_t, IPlugin&) noexcept {
    reporter_.unsupported("a plugin layer");
    return nullptr;
}

IPluginLayer* Network::addPluginExt(ITensor* const*, int32_t, IPluginExt&) noexcept {
    reporter_.unsupported("a plugin layer");
    return nullptr;
}

}  // namespace opentrt::network
