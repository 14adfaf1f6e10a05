// SPDX-License-Identifier: Apache-2.0
#include "passes/fuse/norm_joins.h"

#include <algorithm>

#include "ops/matrix_multiply.h"
#include "ops/normalization.h"
#include "ops/region.h"
#include "ops/reshape.h"
#include "passes/fuse/region_builder.h"
#include "passes/match.h"
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

ValueId behindViews(const Graph& graph, ValueId value) {
    const Node* view = nullptr;
    while (producerAs<ops::Reshape>(graph, value, &view)) {
        const Shape &from = graph.fact(view->inputs[0]).shape, &to = graph.fact(value).shape;
        if (from.empty() || to.empty() || from.back() != to.back()) break;
        value = view->inputs[0];
    }
    return value;
}

namespace {

//! The views that lead from one value to another, for one that has the shape of the first.
ValueId seenAs(Graph& graph, ValueId value, ValueId from, ValueId to) {
    std::vector<NodeId> views;
    for (ValueId v = to; v != from; v = graph[views.back()].inputs[0]) views.push_back(graph[v].producer);
    for (auto view = views.rbegin(); view != views.rend(); ++view) {
        std::vector<ValueId> inputs = graph[*view].inputs;
        inputs[0] = value;
        value = graph.add(graph[*view].op->clone(), inputs, graph.uniqueName(graph[*view].name));
    }
    return value;
}

}  // namespace

bool joinNorm(Graph& graph, NodeId norm, PassContext& context) {
    const Node& node = graph[norm];
    const auto* op = as<ops::Normalization>(*node.op);
    if (!op || op->groups != 1 || op->axes.size() != 1) return false;
    const Shape& shape = graph.fact(node.inputs[0]).shape;
    if (op->axes[0] != -1 && op->axes[0] + 1 != static_cast<int64_t>(shape.size())) return false;
    const ValueId rows = behindViews(graph, node.inputs[0]), normalised = node.outputs[0];
    const NodeId product = graph[rows].producer;
    if (!productOf(graph, product) || graph[product].outputs.size() != 1) return false;
    RegionDraft draft(graph, product);
    draft.name = joinedName(graph, {product, norm});
    std::vector<ValueId> inputs{draft.body->outputs()[0]};
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        inputs.emplace_back();
        if (!node.inputs[i].valid()) continue;
        const auto& factor = graph.fact(node.inputs[i]).constant;
        if (!factor || Dim(factor->count()) != shape.back()) return false;
        std::vector<int64_t> dims(graph.fact(rows).shape.size(), 1);
        dims.back() = factor->count();
        const bool fits = factor->dims() == dims;
        const std::string name = graph[node.inputs[i]].name;
        inputs.back() = draft.addInput(
            graph, fits ? node.inputs[i] : graph.addConstant(graph.uniqueName(name), factor->reshaped(dims)));
    }
    auto normalize = std::make_unique<ops::Normalization>(*op);
    normalize->axes = {-1};
    std::vector<ValueId> made{draft.body->add(std::move(normalize), inputs, node.name)};
    const bool othersRead = graph[rows].uses.size() > 1 || graph[node.inputs[0]].uses.size() > 1 ||
                            graph.isOutput(rows) || graph.isOutput(node.inputs[0]);
    if (othersRead) made.insert(made.begin(), inputs[0]);
    draft.body->setOutputs(made);
    const NodeId both = draft.build(graph, joinedMetadata(graph, {product, norm}));
    if (!context.backend.canRun(graph, both) || !context.spend()) {
        graph.erase(both);
        return false;
    }
    graph.replaceUses(normalised, seenAs(graph, graph[both].outputs.back(), rows, graph[norm].inputs[0]));
    if (othersRead) graph.replaceUses(rows, graph[both].outputs[0]);
    return true;
}

}  // namespace opentrt::passes
