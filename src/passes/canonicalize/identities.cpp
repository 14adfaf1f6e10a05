// SPDX-License-Identifier: Apache-2.0
// Operators whose output is their input: Identity, a cast to the same type, a reshape, transpose or expansion that
// changes nothing. A network output keeps its operator when its input already is an input or output of its own name.
#include "graph/graph.h"
#include "ops/cast.h"
#include "ops/identity.h"
#include "ops/transpose.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

bool changesNothing(const Graph& graph, const Node& node) {
    const Fact& in = graph.fact(node.inputs[0]);
    const Fact& out = graph.fact(node.outputs[0]);
    if (in.type != out.type || in.shape != out.shape) return false;
    const std::string_view kind = node.op->kind();
    if (as<ops::Identity>(*node.op) || as<ops::Cast>(*node.op)) return true;
    if (kind == "Reshape" || kind == "Squeeze" || kind == "Unsqueeze" || kind == "Expand") return true;
    if (const auto* transpose = as<ops::Transpose>(*node.op)) {
        for (size_t i = 0; i < transpose->permutation.size(); ++i) {
            if (transpose->permutation[i] != static_cast<int64_t>(i)) return false;
        }
        return true;
    }
    return false;
}

}  // namespace

bool removeIdentities(Graph& graph, PassContext& context) {
    bool changed = false;
    for (NodeId id : graph.order()) {
        const Node& node = graph[id];
        if (node.inputs.empty() || !node.inputs[0].valid() || node.outputs.size() != 1) continue;
        if (!changesNothing(graph, node)) continue;
        if (graph[node.outputs[0]].uses.empty() && !graph.isOutput(node.outputs[0])) continue;
        const ValueId in = node.inputs[0];
        const bool bothNamed =
            graph.isOutput(node.outputs[0]) && (graph.isInput(in) || graph.isOutput(in) || graph.isConstant(in));
        if (bothNamed) continue;
        if (!context.spend()) return changed;
        graph.replaceUses(node.outputs[0], in);
        changed = true;
    }
    return changed;
}

}  // namespace opentrt::passes
