// SPDX-License-Identifier: Apache-2.0
#include "passes/fuse/norm_joins.h"

#include <algorithm>

#include "ops/matrix_multiply.h"
#include "ops/normalization.h"
#include "ops/region.h"
#include "passes/fuse/region_builder.h"
#include "passes/passes.h"

namespace opentrt::passes {

const Node* productIn(const Graph& body) {
    for (const NodeId inner : body.order()) {
        if (as<ops::MatrixMultiply>(*body[inner].op)) return &body[inner];
    }
    return nullptr;
}

const Node* productOf(const Graph& graph, NodeId id) {
    if (!id.valid()) return nullptr;
    const Node& node = graph[id];
    if (as<ops::MatrixMultiply>(*node.op)) return &node;
    return as<ops::Region>(*node.op) ? productIn(*node.bodies[0]) : nullptr;
}

bool joinNorm(Graph& graph, NodeId norm, PassContext& context) {
    const Node& node = graph[norm];
    if (!as<ops::Normalization>(*node.op)) return false;
    const ValueId rows = node.inputs[0], normalised = node.outputs[0];
    const NodeId product = graph[rows].producer;
    if (!productOf(graph, product) || graph[product].outputs.size() != 1) return false;
    const auto isKnown = [&](ValueId factor) { return !factor.valid() || graph.isConstant(factor); };
    if (!std::all_of(node.inputs.begin() + 1, node.inputs.end(), isKnown)) return false;
    RegionDraft draft(graph, product);
    draft.name = joinedName(graph, {product, norm});
    std::vector<ValueId> inputs{draft.body->outputs()[0]};
    for (size_t i = 1; i < node.inputs.size(); ++i)
        inputs.push_back(node.inputs[i].valid() ? draft.addInput(graph, node.inputs[i]) : ValueId());
    std::vector<ValueId> made{draft.body->add(node.op->clone(), inputs, node.name)};
    const bool othersRead = graph[rows].uses.size() > 1 || graph.isOutput(rows);
    if (othersRead) made.insert(made.begin(), inputs[0]);
    draft.body->setOutputs(made);
    const NodeId both = draft.build(graph, joinedMetadata(graph, {product, norm}));
    if (!context.backend.canRun(graph, both) || !context.spend()) {
        graph.erase(both);
        return false;
    }
    graph.replaceUses(normalised, graph[both].outputs.back());
    if (othersRead) graph.replaceUses(rows, graph[both].outputs[0]);
    return true;
}

}  // namespace opentrt::passes
