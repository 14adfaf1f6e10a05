// SPDX-License-Identifier: Apache-2.0
// Time and memory of building and loading an engine; part of the verb bench.
#pragma once
#include "options.h"

namespace opentrt::tools {

//! Builds the ONNX file twice, without and with a warm timing cache, and loads the plan; prints one figure a line.
void benchBuild(Logger& logger, const std::string& model, const BuildOptions& options);

}  // namespace opentrt::tools
