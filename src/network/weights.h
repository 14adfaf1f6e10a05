// SPDX-License-Identifier: Apache-2.0
// Weights of the API as constants of the graph. The memory stays the user's until the build is over.
#pragma once
#include "NvInfer.h"
#include "graph/graph.h"

namespace opentrt::network {

//! A constant of the given dimensions, converted to `type` when given. Throws Error naming the layer and the weights
//! when the count is wrong or values are missing.
ValueId addWeights(Graph& graph, const nvinfer1::Weights& weights, std::vector<int64_t> dims, const std::string& layer,
                   const char* role, std::optional<DType> type = std::nullopt);

}  // namespace opentrt::network
