// SPDX-License-Identifier: Apache-2.0
#include "passes/fuse/norm_joins.h"

#include <algorithm>

#include "ops/gather.h"
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

bool normalisesLast(const Graph& graph, const Node& node) {
    const auto* op = as<ops::Normalization>(*node.op);
    if (!op || op->groups != 1 || op->axes.size() != 1) return false;
    return op->axes[0] == -1 || op->axes[0] + 1 == static_cast<int64_t>(graph.fact(node.inputs[0]).shape.size());
}

bool isPointwise(const Node& node) {
    if (!as<ops::Region>(*node.op)) return node.op->opClass() == OpClass::Pointwise && !node.op->hasSideEffects();
    const Graph& body = *node.bodies[0];
    const std::vector<NodeId> inside = body.order();
    return std::all_of(inside.begin(), inside.end(), [&](NodeId id) { return isPointwise(body[id]); });
}

//! The node that makes the value where it picks slices by index, otherwise invalid.
NodeId gatherOf(const Graph& graph, ValueId value) {
    return producerAs<ops::Gather>(graph, value) ? graph[value].producer : NodeId();
}

//! What makes the rows that are normalised, in order: gathers that nothing else reads, and pointwise operators.
std::vector<NodeId> makersOf(const Graph& graph, ValueId rows) {
    const NodeId last = graph[rows].producer;
    if (!last.valid()) return {};
    if (gatherOf(graph, rows).valid()) return {last};
    if (!isPointwise(graph[last])) return {};
    std::vector<NodeId> makers;
    for (const ValueId in : graph[last].inputs) {
        const NodeId gather = in.valid() ? gatherOf(graph, in) : NodeId();
        if (gather.valid() && graph[in].uses.size() == 1 && !graph.isOutput(in)) makers.push_back(gather);
    }
    makers.push_back(last);
    return makers;
}

}  // namespace

bool joinNorm(Graph& graph, NodeId norm, PassContext& context) {
    const Node& node = graph[norm];
    if (!normalisesLast(graph, node)) return false;
    const Shape& shape = graph.fact(node.inputs[0]).shape;
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
    auto normalize = std::make_unique<ops::Normalization>(*as<ops::Normalization>(*node.op));
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

bool joinSums(Graph& graph, PassContext& context) {
    bool changed = false;
    for (const NodeId id : graph.order()) {
        if (graph[id].dead || !normalisesLast(graph, graph[id])) continue;
        const auto& in = graph[id].inputs;
        const bool known = std::all_of(in.begin() + 1, in.end(),
                                       [&](ValueId factor) { return !factor.valid() || graph.isConstant(factor); });
        std::vector<NodeId> members = known ? makersOf(graph, in[0]) : std::vector<NodeId>();
        if (members.empty()) continue;
        members.push_back(id);
        changed |= fuse(graph, members, joinedName(graph, members), context);
    }
    return changed;
}

}  // namespace opentrt::passes
