// SPDX-License-Identifier: Apache-2.0
// What a node costs at given sizes, whatever runs it.
#pragma once
#include "graph/graph.h"

namespace opentrt::debug {

struct Cost {
    double flops = 0;
    int64_t bytes = 0;  //!< read and written, weights included
};
//! Zero where a size is not known.
Cost costOf(const Graph& graph, NodeId node, const SymbolValues& sizes);

}  // namespace opentrt::debug
