// SPDX-License-Identifier: Apache-2.0
// Conditionals whose condition is known: the chosen branch takes the place of the node, so that everything behind can
// fuse with it. The other branch need not even be possible.
#include "base/error.h"
#include "ops/if.h"
#include "passes/control/node_copier.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

//! The branch that will run, if that is known.
std::optional<size_t> knownBranch(const Graph& graph, const Node& node) {
    if (!as<ops::If>(*node.op)) return std::nullopt;
    const Fact& condition = graph.fact(node.inputs[0]);
    if (condition.constant && condition.constant->count() == 1) return condition.constant->getInt(0) ? 0 : 1;
    if (!condition.elements || condition.elements->size() != 1) return std::nullopt;
    const Dim& element = (*condition.elements)[0];
    if (!element.isConstant()) return std::nullopt;
    return element.constant() ? 0 : 1;
}

void takeBranch(Graph& graph, NodeId id, size_t branch) {
    const std::unique_ptr<Graph> body = std::move(graph[id].bodies[branch]);
    const std::vector<ValueId> captured(graph[id].inputs.begin() + 1, graph[id].inputs.end());
    const std::vector<ValueId> results = NodeCopier(*body, graph).copyAll(captured);
    const std::vector<ValueId> outputs = graph[id].outputs;
    for (size_t o = 0; o < outputs.size(); ++o) replaceResult(graph, outputs[o], results[o]);
    graph.erase(id);
}

}  // namespace

bool takeKnownBranches(Graph& graph, PassContext& context) {
    bool changed = false;
    for (bool again = true; again;) {  // a branch may hold another conditional
        again = false;
        for (const NodeId id : graph.order()) {
            const auto branch = knownBranch(graph, graph[id]);
            if (!branch || !context.spend()) continue;
            context.log.verbose("branches: ", graph[id].name, " always runs its ", *branch == 0 ? "true" : "false",
                                " branch");
            takeBranch(graph, id, *branch);
            changed = again = true;
        }
    }
    if (changed) graph.inferAll();
    return changed;
}

}  // namespace opentrt::passes
