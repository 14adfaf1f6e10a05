// SPDX-License-Identifier: Apache-2.0
// A product of rows that multiplies what another product and the operators behind it make, as in the multilayer
// perceptrons of transformers, becomes one region with it where the backend runs both together: what is between them is
// then made in parts that stay in caches. The second may bring its normalisation (norm_joins.h).
#include <algorithm>
#include <optional>

#include "ops/matrix_multiply.h"
#include "ops/region.h"
#include "passes/fuse/norm_joins.h"
#include "passes/fuse/region_builder.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

//! Which input of the node its product multiplies as rows; nothing where it has none, or makes them itself.
std::optional<size_t> rowsOf(const Graph& graph, NodeId id) {
    const Node* product = productOf(graph, id);
    if (!product) return {};
    const Node& node = graph[id];
    const auto& inputs = as<ops::Region>(*node.op) ? node.bodies[0]->inputs() : node.inputs;
    const auto at = std::find(inputs.begin(), inputs.end(), product->inputs[0]);
    return at == inputs.end() ? std::nullopt : std::optional(static_cast<size_t>(at - inputs.begin()));
}

//! The node that makes these rows for nobody else, if it is a region around a product; `rows` becomes what it makes.
NodeId makerOf(const Graph& graph, ValueId& rows) {
    const ValueId made = behindViews(graph, rows);
    if (graph.fact(made).shape != graph.fact(rows).shape) return {};
    for (ValueId v = rows;; v = graph[graph[v].producer].inputs[0]) {
        if (graph[v].uses.size() != 1 || graph.isOutput(v)) return {};
        if (v == made) break;
    }
    const NodeId maker = graph[made].producer;
    if (!productOf(graph, maker) || !as<ops::Region>(*graph[maker].op) || graph[maker].outputs.size() != 1) return {};
    rows = made;
    return maker;
}

}  // namespace

bool joinMlps(Graph& graph, PassContext& context) {
    if (context.inBody) return false;  // builds compare layers of the network itself
    bool changed = false;
    for (const NodeId id : graph.order()) {
        if (graph[id].dead) continue;
        const auto input = rowsOf(graph, id);
        if (!input) continue;
        ValueId rows = graph[id].inputs[*input];
        const NodeId maker = makerOf(graph, rows);
        if (!maker.valid()) continue;
        if (rows != graph[id].inputs[*input]) {  // views that undo each other
            graph.setInput(id, static_cast<int>(*input), rows);
            graph.removeDead();
            changed = true;
        }
        changed |= fuse(graph, {maker, id}, joinedName(graph, {maker, id}), context);
    }
    return changed;
}

}  // namespace opentrt::passes
