// SPDX-License-Identifier: Apache-2.0
// One build: the network and the options of the public API become a CompileRequest, and what compile() gives becomes a
// plan with the names and properties that engines tell.
#pragma once
#include <functional>

#include "builder/api_config.h"
#include "plan/plan.h"

namespace opentrt {
struct CompileRequest;
}
namespace opentrt::network {
class Network;
}

namespace opentrt::builder {

struct BuildRequest {
    network::Network& network;
    const BuilderConfig& config;
    api::Reporter& reporter;
    int32_t maxBatch = 1;
    std::function<void(CompileRequest&)> adjust = {};  //!< last changes; for the tools that watch a build
    const Backend* plugins = nullptr;                  //!< null: the network may have no plugin layers
    std::shared_ptr<MemorySource> memory = {};         //!< null: the device's own
};

//! Throws Error when the options ask for what this library does not have.
void checkRequest(const BuildRequest& request);
//! Whether the engine's weights may be replaced. kSTRIP_PLAN alone means weights that come back as they were.
bool isRefittable(const BuilderConfig& config);
//! Throws Error.
Plan buildPlan(const BuildRequest& request);

}  // namespace opentrt::builder
