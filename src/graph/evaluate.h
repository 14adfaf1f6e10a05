// SPDX-License-Identifier: Apache-2.0
// The reference evaluator: runs a graph by the operators' own eval. Oracle of all tests, folder of constants, and the
// `ref` backend's engine.
#pragma once
#include <functional>
#include <vector>

#include "graph/graph.h"

namespace opentrt {

//! Outputs in the order of graph.outputs(). `watch`, if given, sees every node's outputs as they are made.
std::vector<Tensor> evaluate(const Graph& graph, const std::vector<Tensor>& inputs,
                             const std::function<void(NodeId, const std::vector<Tensor>&)>& watch = {});
//! One node alone.
std::vector<Tensor> evaluateNode(const Graph& graph, NodeId node, const std::vector<Tensor>& inputs);

}  // namespace opentrt
