// SPDX-License-Identifier: Apache-2.0
// One node as a graph of its own: what a timing-cache key is the text of, what the reference backend stores in a plan,
// and what tools print to reproduce a problem. Tested by extract_test.cpp.
#pragma once
#include "graph/graph.h"

namespace opentrt {

//! Each distinct input of the node becomes an input of the graph; constants of at most `keepConstants` elements stay
//! constants, so that inference knows them. The outputs are the node's.
Graph extractNode(const Graph& graph, NodeId node, int64_t keepConstants = 64);
//! For each graph input of the result, which input of the node it stands for.
std::vector<int> extractedInputs(const Graph& graph, NodeId node, int64_t keepConstants = 64);

}  // namespace opentrt
