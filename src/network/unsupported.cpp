// SPDX-License-Identifier: Apache-2.0
// Layers that this version refuses by name.
#include "network/network.h"

namespace opentrt::network {

IDistCollectiveLayer* Network::addDistCollective(ITensor&, CollectiveOperation, ReduceOperation, int64_t, int64_t*,
                                                 int64_t) noexcept {
    reporter_.unsupported("a collective across ranks");
    return nullptr;
}

}  // namespace opentrt::network
