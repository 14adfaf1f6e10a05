// SPDX-License-Identifier: Apache-2.0
// Attention reads its operands where they lie: what only moves or scales query, key and value in front of it, or moves
// its output, becomes attributes of the operator.
//   factor                x * c, x / c for query or key              scale
//   transpose             of any operand, and of the output          axes
//   slice of columns      [B, S, W] -> [B, S, n D] -> [B, S, n, D]   heads of [B, S, W/D, D]
//   gather of one part    [B, S, 3, H, D] -> [B, H, S, D]            heads of [B, S, 3 H, D]
#include <algorithm>

#include "base/error.h"
#include "ops/gather.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/unsqueeze.h"
#include "passes/rules/attention_rules.h"

namespace opentrt::passes {

namespace {

using Operand = ops::Attention::Operand;
using Axes = std::array<size_t, 4>;

constexpr Operand kRead[] = {Operand::kQuery, Operand::kKey, Operand::kValue};
constexpr const char* kNames[] = {"query", "key", "value"};

//! An operand read from elsewhere.
struct Moved {
    Operand operand;
    Axes axes;
    int64_t heads = 0;  //!< how many further heads lie in front
    ValueId source;
    std::vector<int64_t> dims;  //!< the reshape of the source that is read; empty: the source itself
    bool unbatched = false;     //!< the source has no batch yet
};

//! The reshape of a value that is there already, or a new one; query, key and value often share it.
ValueId reshaped(Graph& graph, ValueId source, const std::vector<int64_t>& dims, const std::string& name) {
    const ops::Reshape op(dims);
    for (const Use& use : graph[source].uses) {
        const Node& reader = graph[use.node];
        if (reader.inputs.size() == 1 && *reader.op == op) return reader.outputs[0];
    }
    return graph.add(op.clone(), {source}, name + " (heads)");
}

ops::Attention with(const Graph& graph, const Node& node, const Moved& m) {
    ops::Attention op = *as<ops::Attention>(*node.op);
    if (!m.dims.empty()) {
        std::vector<int64_t> heads;
        for (const Operand operand : kRead) {
            const Shape& shape = graph.fact(node.inputs[operand]).shape;
            const auto [first, count] = op.headsOf(operand, shape[op.axesOf(operand)[1]]);
            heads.insert(heads.end(), {first, count.constant()});
        }
        heads[2 * static_cast<size_t>(m.operand)] += m.heads;
        op.heads = std::move(heads);
    }
    op.setAxes(m.operand, m.axes);
    return op;
}

//! Numbers of heads have to be known for a range of them to be named.
bool knowsHeads(const Graph& graph, const Node& node) {
    const auto* op = as<ops::Attention>(*node.op);
    return std::all_of(std::begin(kRead), std::end(kRead), [&](Operand operand) {
        return graph.fact(node.inputs[operand]).shape[op->axesOf(operand)[1]].isConstant();
    });
}

Rewrite move(const Graph& graph, const Node& node, const Moved& m) {
    return Rewrite{node.outputs[0], cat(node.name, " reads its ", kNames[m.operand], " from ", graph[m.source].name),
                   [inputs = node.inputs, op = with(graph, node, m), m, name = node.name](Graph& g) {
                       std::vector<ValueId> moved = inputs;
                       moved[m.operand] = m.dims.empty() ? m.source : reshaped(g, m.source, m.dims, name);
                       if (m.unbatched) {
                           moved[m.operand] = g.add(std::make_unique<ops::Unsqueeze>(std::vector<int64_t>{0}),
                                                    {m.source}, name + " (batch)");
                       }
                       return g.add(op.clone(), moved, name);
                   }};
}

std::optional<Moved> transposed(const Graph& graph, const Node& node, Operand operand) {
    const Node *unsqueeze = nullptr, *transpose = nullptr;
    const auto* u = producerAs<ops::Unsqueeze>(graph, node.inputs[operand], &unsqueeze);
    const bool unbatched = u && u->axes == std::vector<int64_t>{0};
    const ValueId value = unbatched ? unsqueeze->inputs[0] : node.inputs[operand];
    const auto* t = producerAs<ops::Transpose>(graph, value, &transpose);
    if (!t) return {};
    std::vector<size_t> order(t->permutation.begin(), t->permutation.end());
    if (unbatched) {
        for (size_t& axis : order) ++axis;
        order.insert(order.begin(), 0);
    }
    Axes axes = as<ops::Attention>(*node.op)->axesOf(operand);
    for (size_t& axis : axes) axis = order[axis];
    return Moved{operand, axes, 0, transpose->inputs[0], {}, unbatched};
}

//! Heads that are neighbours in a slice of the columns of [B, S, W].
std::optional<Moved> sliced(const Graph& graph, const Node& node, Operand operand) {
    const Axes axes = as<ops::Attention>(*node.op)->axesOf(operand);
    const Node *reshape = nullptr, *slice = nullptr;
    if (!producerAs<ops::Reshape>(graph, node.inputs[operand], &reshape) || axes[1] != 2 || axes[3] != 3) return {};
    const auto* s = producerAs<ops::Slice>(graph, reshape->inputs[0], &slice);
    const bool columnsAlone = s && slice->inputs.size() == 1 && s->axes == std::vector<int64_t>{2} &&
                              s->stride == std::vector<int64_t>{1} && s->mode == ops::SampleMode::StrictBounds;
    if (!columnsAlone) return {};
    const ValueId whole = slice->inputs[0];
    const Shape &from = graph.fact(whole).shape, &to = graph.fact(node.inputs[operand]).shape;
    const bool sameRows = from.size() == 3 && from[0] == to[0] && from[1] == to[1];
    if (!sameRows || !from[2].isConstant() || !to[3].isConstant() || to[3].constant() < 1) return {};
    const int64_t width = from[2].constant(), depth = to[3].constant();
    if (width % depth != 0 || s->start[0] % depth != 0) return {};
    return Moved{operand,
                 axes,
                 s->start[0] / depth,
                 whole,
                 {ops::Reshape::copy(0), ops::Reshape::copy(1), width / depth, depth}};
}

//! One of several parts of a tensor of rank 5 whose axis lies before that of the heads.
std::optional<Moved> gathered(const Graph& graph, const Node& node, Operand operand) {
    const Node* gather = nullptr;
    const auto* g = producerAs<ops::Gather>(graph, node.inputs[operand], &gather);
    if (!g || g->mode != ops::GatherMode::Default || g->elementwiseDims != 0) return {};
    const Fact& index = graph.fact(gather->inputs[1]);
    if (!index.constant || !index.shape.empty()) return {};
    std::vector<size_t> order{0, 1, 2, 3, 4};
    ValueId source = gather->inputs[0];
    const Node* transpose = nullptr;
    if (const auto* t = producerAs<ops::Transpose>(graph, source, &transpose); t && t->permutation.size() == 5) {
        std::copy(t->permutation.begin(), t->permutation.end(), order.begin());
        source = transpose->inputs[0];
    }
    const Shape& shape = graph.fact(source).shape;
    if (shape.size() != 5) return {};
    const auto gatherAxis = static_cast<size_t>(g->axis < 0 ? g->axis + 5 : g->axis);
    const size_t part = order[gatherAxis];
    Axes axes = as<ops::Attention>(*node.op)->axesOf(operand);
    for (size_t& axis : axes) axis = order[axis < gatherAxis ? axis : axis + 1];
    if (axes[1] != part + 1 || !shape[part].isConstant() || !shape[part + 1].isConstant()) return {};
    for (size_t& axis : axes) axis -= axis > part ? 1 : 0;
    const int64_t parts = shape[part].constant(), heads = shape[part + 1].constant();
    const int64_t chosen = index.constant->getInt(0) + (index.constant->getInt(0) < 0 ? parts : 0);
    if (chosen < 0 || chosen >= parts) return {};
    std::vector<int64_t> dims;
    for (size_t i = 0; i < 5; ++i) {
        if (i != part + 1) dims.push_back(i == part ? parts * heads : ops::Reshape::copy(static_cast<int64_t>(i)));
    }
    return Moved{operand, axes, chosen * heads, source, dims};
}

using Find = std::optional<Moved> (*)(const Graph&, const Node&, Operand);

//! The first operand that may be read from elsewhere by a kernel of the backend.
std::optional<Rewrite> moveAny(const Graph& graph, const Node& node, const PassContext& context, Find find) {
    for (const Operand operand : kRead) {
        const auto moved = find(graph, node, operand);
        if (!moved || (!moved->dims.empty() && !knowsHeads(graph, node))) continue;
        // A kernel looks at the order of the axes, so that a reshape need not be made in order to ask.
        ops::Attention op = *as<ops::Attention>(*node.op);
        op.setAxes(operand, moved->axes);
        if (op.axesOf(operand)[3] != 3 && operand != Operand::kKey) continue;
        if (moved->dims.empty()) {
            std::vector<ValueId> inputs = node.inputs;
            inputs[operand] = moved->source;
            if (!runsAttention(graph, with(graph, node, *moved), inputs, context)) continue;
        }
        return move(graph, node, *moved);
    }
    return {};
}

}  // namespace

bool runsAttention(const Graph& graph, const ops::Attention& op, const std::vector<ValueId>& inputs,
                   const PassContext& context) {
    Graph probe("probe");
    probe.ranges = graph.ranges;
    std::vector<ValueId> same;
    for (const ValueId in : inputs) {
        if (!in.valid()) {
            same.push_back(in);
            continue;
        }
        Shape shape = graph.fact(in).shape;
        if (shape.size() == 3) shape.insert(shape.begin(), Dim(1));
        same.push_back(probe.addInput(cat("i", same.size()), graph.fact(in).type, shape));
    }
    const NodeId node = probe.addNode(op.clone(), same, "attention");
    return !context.backend.tactics(probe, node, {}).tactics.empty();
}

std::optional<Rewrite> scaleIntoAttention(const Graph& graph, const Node& node, const PassContext&) {
    for (const Operand operand : {Operand::kQuery, Operand::kKey}) {
        const ValueId scaled = node.inputs[operand];
        auto found = withNumber(graph, scaled, ops::ElementWiseOperation::Prod);
        if (!found) {
            found = withNumber(graph, scaled, ops::ElementWiseOperation::Div);
            if (found) found->number = 1 / found->number;
        }
        if (!found || !std::isfinite(found->number) || graph.fact(found->x).shape != graph.fact(scaled).shape) continue;
        ops::Attention op = *as<ops::Attention>(*node.op);
        op.scale *= found->number;
        std::vector<ValueId> inputs = node.inputs;
        inputs[operand] = found->x;
        return Rewrite{node.outputs[0], cat(node.name, " scales its ", kNames[operand]),
                       [=, name = node.name](Graph& g) { return g.add(op.clone(), inputs, name); }};
    }
    return {};
}

std::optional<Rewrite> readTransposed(const Graph& graph, const Node& node, const PassContext& context) {
    return moveAny(graph, node, context, transposed);
}
std::optional<Rewrite> readSliced(const Graph& graph, const Node& node, const PassContext& context) {
    return moveAny(graph, node, context, sliced);
}
std::optional<Rewrite> readGathered(const Graph& graph, const Node& node, const PassContext& context) {
    return moveAny(graph, node, context, gathered);
}

std::optional<Rewrite> writeTransposed(const Graph& graph, const Node& node, const PassContext& context) {
    const Node* attention = nullptr;
    const auto* before = producerAs<ops::Attention>(graph, node.inputs[0], &attention);
    if (!before || !onlyReader(graph, node.inputs[0])) return {};
    const auto& permutation = as<ops::Transpose>(*node.op)->permutation;
    Axes axes = before->axesOf(Operand::kOutput);
    for (size_t& axis : axes) {
        const auto at = std::find(permutation.begin(), permutation.end(), static_cast<int64_t>(axis));
        axis = static_cast<size_t>(at - permutation.begin());
    }
    ops::Attention op = *before;
    op.setAxes(Operand::kOutput, axes);
    if (!runsAttention(graph, op, attention->inputs, context)) return {};
    return Rewrite{
        node.outputs[0], cat(attention->name, " writes its output transposed"),
        [op, inputs = attention->inputs, name = attention->name](Graph& g) { return g.add(op.clone(), inputs, name); }};
}

}  // namespace opentrt::passes
