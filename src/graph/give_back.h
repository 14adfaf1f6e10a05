// SPDX-License-Identifier: Apache-2.0
// Weights that lie in a mapped file stop counting as memory of the process when nobody will read them soon; they are
// read again from the file if somebody does. See base/pages.h.
#pragma once
#include "base/pages.h"
#include "graph/graph.h"

namespace opentrt {

inline void giveBack(const Tensor& tensor) {
    giveBackPages(tensor.data(), static_cast<size_t>(tensor.bytes()));
}

//! The constants that a node reads.
inline void giveBackConstants(const Graph& graph, NodeId node) {
    for (const ValueId in : graph[node].inputs) {
        if (in.valid() && graph.isConstant(in)) giveBack(*graph.fact(in).constant);
    }
}

//! Those that all nodes read.
inline void giveBackConstants(const Graph& graph) {
    for (const NodeId node : graph.order()) giveBackConstants(graph, node);
}

}  // namespace opentrt
