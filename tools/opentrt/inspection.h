// SPDX-License-Identifier: Apache-2.0
// Options and calls that explain, dump and blame share.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "options.h"

namespace opentrt::tools {

struct InspectOptions {
    std::vector<std::string> disabled;
    int64_t maxRewrites = -1;

    void add(CLI::App& verb);
    //! For opentrt::inspectBuild and opentrt::blame. `request` holds the verb's own members.
    std::string request(bool graphs, nlohmann::json request = nlohmann::json::object()) const;
};

//! Parsed, with the profile of the shape options. Throws std::runtime_error for a plan, which is no longer a network.
OnnxModel openModel(Logger& logger, const std::string& file, const BuildOptions& options);

//! Takes over text that a function of opentrt/inspect.h gave; throws std::runtime_error with the errors logged when it
//! is null.
std::string textOf(nvinfer1::IHostMemory* memory, Logger& logger, const std::string& what);
//! opentrt::inspectBuild.
std::string inspect(Logger& logger, OnnxModel& model, const std::string& request);

}  // namespace opentrt::tools
