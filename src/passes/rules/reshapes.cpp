// SPDX-License-Identifier: Apache-2.0
// Exporters flatten tensors for a matrix product and give the result its shape back before bias, activation and
// residual sum. Such a reshape moves behind the pointwise operators, which can then join the product:
//   f(reshape(p)) = reshape(f(p))        reshape(p) + z = reshape(p + z'),  z' = z in the shape of p
// where z has the shape of the result, one element, or one along the last axis alone. p is a contraction or a pointwise
// operator that nothing else reads; a reshape is a view and costs nothing on either side.
#include "base/error.h"
#include "ops/activation.h"
#include "ops/cast.h"
#include "ops/element_wise.h"
#include "ops/reshape.h"
#include "ops/unary.h"
#include "passes/match.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

bool comesFrom(const Graph& graph, ValueId value, OpClass wanted) {
    const NodeId producer = graph[value].producer;
    return producer.valid() && onlyReader(graph, value) && graph[producer].op->opClass() == wanted;
}

//! The reshape that made a value, if it may move behind the value's only reader.
const Node* movable(const Graph& graph, ValueId value) {
    const Node* node = nullptr;
    if (!producerAs<ops::Reshape>(graph, value, &node) || !onlyReader(graph, value)) return nullptr;
    const ValueId inside = node->inputs[0];
    const bool fits = comesFrom(graph, inside, OpClass::Contraction) || comesFrom(graph, inside, OpClass::Pointwise);
    return fits ? node : nullptr;
}

//! Whether the other operand, reshaped as p is, would be asked in its turn to come out of its reshape, and so on
//! without end. Contractions go first, because they take the operator in; of two alike neither moves.
bool competes(const Graph& graph, ValueId z, ValueId p) {
    const Node* reshape = nullptr;
    while (producerAs<ops::Reshape>(graph, z, &reshape) && onlyReader(graph, z)) z = reshape->inputs[0];
    if (graph.isConstant(z) || graph.fact(z).shape == graph.fact(p).shape) return false;
    if (comesFrom(graph, z, OpClass::Contraction)) return true;
    return comesFrom(graph, z, OpClass::Pointwise) && !comesFrom(graph, p, OpClass::Contraction);
}

//! Dimensions that say a shape as the attribute of a reshape; at most one of them may be unknown.
std::optional<std::vector<int64_t>> attribute(const Shape& shape) {
    std::vector<int64_t> dims;
    bool open = false;
    for (const Dim& d : shape) {
        if (!d.isConstant() && open) return std::nullopt;
        open = open || !d.isConstant();
        dims.push_back(d.isConstant() ? d.constant() : -1);
    }
    return dims;
}

//! The dimensions that the other operand gets so that it broadcasts against p; nothing when it cannot.
std::optional<std::vector<int64_t>> otherDims(const Graph& graph, ValueId z, const Shape& outside, const Shape& p) {
    const Shape& shape = graph.fact(z).shape;
    if (shape == outside) return attribute(p);
    std::vector<int64_t> dims(p.size(), 1);
    for (size_t i = 0; i + 1 < shape.size(); ++i) {
        if (shape[i] != Dim(1)) return std::nullopt;
    }
    if (shape.empty() || p.empty() || !shape.back().isConstant()) return std::nullopt;
    if (shape.back() != Dim(1) && outside.back() != p.back()) return std::nullopt;
    dims.back() = shape.back().constant();
    return dims;
}

ValueId withDims(Graph& graph, ValueId z, const std::vector<int64_t>& dims, const std::string& name) {
    if (graph.isConstant(z))
        return graph.addConstant(graph.uniqueName(graph[z].name), graph.fact(z).constant->reshaped(dims));
    return graph.add(std::make_unique<ops::Reshape>(dims, false), {z}, name + " (operand)");
}

Rewrite behind(const Graph& graph, const Node& node, const Node& reshape, std::vector<ValueId> inputs, size_t other,
               std::vector<int64_t> dims) {
    const Op *op = node.op.get(), *shaping = reshape.op.get();
    std::vector<ValueId> shapingInputs = reshape.inputs;
    return Rewrite{node.outputs[0], cat(node.name, " comes before the reshape of ", graph[reshape.inputs[0]].name),
                   [=, name = node.name, options = node.options](Graph& g) mutable {
                       const std::unique_ptr<Op> shape = shaping->clone();
                       if (other < inputs.size()) inputs[other] = withDims(g, inputs[other], dims, name);
                       shapingInputs[0] = g.add(op->clone(), inputs, name);
                       g[g[shapingInputs[0]].producer].options = options;
                       return g.add(shape->clone(), shapingInputs, name + " (shape)");
                   }};
}

std::optional<Rewrite> unary(const Graph& graph, const Node& node, const PassContext&) {
    const Node* reshape = movable(graph, node.inputs[0]);
    if (!reshape) return {};
    return behind(graph, node, *reshape, {reshape->inputs[0]}, 1, {});
}

std::optional<Rewrite> binary(const Graph& graph, const Node& node, const PassContext&) {
    const Shape& outside = graph.fact(node.outputs[0]).shape;
    for (const size_t side : {size_t{0}, size_t{1}}) {
        const Node* reshape = movable(graph, node.inputs[side]);
        if (!reshape || graph.fact(node.inputs[side]).shape != outside) continue;
        const ValueId p = reshape->inputs[0], z = node.inputs[1 - side];
        if (competes(graph, z, p)) continue;
        const auto dims = otherDims(graph, z, outside, graph.fact(p).shape);
        if (!dims) continue;
        std::vector<ValueId> inputs(2);
        inputs[side] = p;
        inputs[1 - side] = z;
        return behind(graph, node, *reshape, inputs, 1 - side, *dims);
    }
    return {};
}

constexpr Rule kRules[] = {
    {"reshape_activation", "activation(reshape(p)) = reshape(activation(p))", &ops::Activation::kInfo, unary},
    {"reshape_unary", "f(reshape(p)) = reshape(f(p))", &ops::Unary::kInfo, unary},
    {"reshape_element_wise", "reshape(p) + z = reshape(p + reshape(z))", &ops::ElementWise::kInfo, binary},
};

}  // namespace

std::span<const Rule> reshapeRules() {
    return kRules;
}

}  // namespace opentrt::passes
