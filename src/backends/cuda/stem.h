// SPDX-License-Identifier: Apache-2.0
// What others want to know of convolutions of few channels (stem.cpp).
#pragma once
#include "graph/graph.h"

namespace opentrt::cuda {

//! Whether the family takes this convolution with numbers of this narrow type.
bool stemMultiplies(const Graph& graph, NodeId node, DType type);

}  // namespace opentrt::cuda
