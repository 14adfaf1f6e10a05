// SPDX-License-Identifier: Apache-2.0
// Squeeze and excitation: x * gate, where the gate of each channel comes from the averages of all channels by two
// products. What lies between x and the last multiplication is little work in four or more steps that wait for each
// other, so all of it becomes one region where the backend runs such a region.
//   gate = outer(W2 inner(W1 mean(x) + b1) + b2)
// Which pointwise operators inner and outer are, and which sizes fit, the backend decides.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "ops/convolution.h"
#include "passes/fuse/region_builder.h"
#include "passes/match.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

constexpr size_t kMostMembers = 12;

//! Everything between `x` and `gate`, the value that multiplies it; empty when anything else leads there.
std::set<NodeId> membersBetween(const Graph& graph, ValueId x, ValueId gate) {
    std::set<NodeId> members;
    std::vector<ValueId> open{gate};
    size_t products = 0, averages = 0;
    while (!open.empty()) {
        const ValueId value = open.back();
        open.pop_back();
        if (value == x || !value.valid() || graph.isConstant(value)) continue;
        const NodeId id = graph[value].producer;
        if (!id.valid() || members.size() == kMostMembers) return {};
        const Node& node = graph[id];
        if (node.outputs.size() != 1 || node.op->hasSideEffects() || graph.isOutput(value)) return {};
        if (!members.insert(id).second) continue;
        const auto* reduce = as<ops::Reduce>(*node.op);
        if (reduce && reduce->operation == ops::ReduceOperation::Avg && node.inputs[0] == x) {
            ++averages;
        } else if (as<ops::Convolution>(*node.op)) {
            ++products;
        } else if (node.op->opClass() != OpClass::Pointwise) {
            return {};
        }
        open.insert(open.end(), node.inputs.begin(), node.inputs.end());
    }
    return averages == 1 && products == 2 ? members : std::set<NodeId>();
}

//! Whether nothing outside reads what the members make; `last` makes what everybody may read.
bool isClosed(const Graph& graph, const std::set<NodeId>& members, NodeId last) {
    return std::all_of(members.begin(), members.end(), [&](NodeId id) {
        const auto& uses = graph[graph[id].outputs[0]].uses;
        return id == last ||
               std::all_of(uses.begin(), uses.end(), [&](const Use& u) { return members.count(u.node) > 0; });
    });
}

//! Members in execution order; empty when the node is no such multiplication.
std::vector<NodeId> gateAt(const Graph& graph, NodeId id, const std::vector<NodeId>& order) {
    const Node& node = graph[id];
    const auto* op = as<ops::ElementWise>(*node.op);
    if (!op || op->operation != ops::ElementWiseOperation::Prod) return {};
    for (const auto& [x, gate] : {Pair{node.inputs[0], node.inputs[1]}, Pair{node.inputs[1], node.inputs[0]}}) {
        if (graph.fact(x).shape != graph.fact(node.outputs[0]).shape || graph.fact(gate).shape == graph.fact(x).shape)
            continue;
        std::set<NodeId> members = membersBetween(graph, x, gate);
        if (members.empty()) continue;
        members.insert(id);
        if (!isClosed(graph, members, id)) continue;
        std::vector<NodeId> sorted;
        std::copy_if(order.begin(), order.end(), std::back_inserter(sorted),
                     [&](NodeId n) { return members.count(n); });
        return sorted;
    }
    return {};
}

}  // namespace

bool fuseGates(Graph& graph, PassContext& context) {
    bool changed = false;
    const std::vector<NodeId> order = graph.order();
    for (const NodeId id : order) {
        if (graph[id].dead) continue;
        const std::vector<NodeId> members = gateAt(graph, id, order);
        if (members.empty()) continue;
        changed |= fuse(graph, members, joinedName(graph, members), context);
    }
    return changed;
}

}  // namespace opentrt::passes
