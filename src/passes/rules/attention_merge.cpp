// SPDX-License-Identifier: Apache-2.0
// The projections of query, key and value that read one tensor become one product, out of which attention reads its
// heads: x Wq + bq, x Wk + bk, x Wv + bv are the columns of x [Wq Wk Wv] + [bq bk bv]. One large product is faster than
// three, above all where each is too small to fill the machine.
#include <cstring>

#include "ops/matrix_multiply.h"
#include "ops/reshape.h"
#include "passes/rules/attention_rules.h"

namespace opentrt::passes {

namespace {

using ops::MatrixOperation;
using Operand = ops::Attention::Operand;
constexpr Operand kRead[] = {Operand::kQuery, Operand::kKey, Operand::kValue};

//! x W + b, seen as heads: [B, S, n D] -> [B, S, n, D].
struct Projection {
    ValueId x, weights, bias;  //!< bias: invalid when there is none
    int64_t heads = 0, depth = 0;
    const Node* product = nullptr;
};

std::optional<Projection> projectionOf(const Graph& graph, const Node& attention, Operand operand) {
    const auto axes = as<ops::Attention>(*attention.op)->axesOf(operand);
    const ValueId read = attention.inputs[operand];
    const Node* reshape = nullptr;
    if (!producerAs<ops::Reshape>(graph, read, &reshape) || !onlyReader(graph, read)) return {};
    const Shape &columns = graph.fact(reshape->inputs[0]).shape, &shape = graph.fact(read).shape;
    const bool splitsColumns = columns.size() == 3 && shape.size() == 4 && columns[0] == shape[0] &&
                               columns[1] == shape[1] && shape[2].isConstant() && shape[3].isConstant();
    if (!splitsColumns || axes[1] != 2 || axes[3] != 3 || !onlyReader(graph, reshape->inputs[0])) return {};
    Projection p;
    p.heads = shape[2].constant();
    p.depth = shape[3].constant();
    ValueId value = reshape->inputs[0];
    if (const auto sum = operandsOf(graph, value, ops::ElementWiseOperation::Sum)) {
        const bool first = graph.isConstant(sum->a);
        p.bias = first ? sum->a : sum->b;
        value = first ? sum->b : sum->a;
        const Dim wide(p.heads * p.depth);
        if (!graph.isConstant(p.bias) || graph.fact(p.bias).constant->count() != wide.constant()) return {};
        if (graph.fact(p.bias).shape.back() != wide || !onlyReader(graph, value)) return {};
    }
    const auto* op = producerAs<ops::MatrixMultiply>(graph, value, &p.product);
    if (!op || op->a != MatrixOperation::None || op->b != MatrixOperation::None) return {};
    p.x = p.product->inputs[0];
    p.weights = p.product->inputs[1];
    const auto& weights = graph.fact(p.weights);
    if (!weights.constant || weights.shape.size() != 3 || weights.shape[0] != Dim(1)) return {};
    return p;
}

//! Constants of as many rows, beside each other.
Tensor beside(const std::vector<Tensor>& parts, int64_t rows) {
    int64_t columns = 0;
    for (const Tensor& part : parts) columns += part.count() / rows;
    Tensor whole(parts[0].type(), {1, rows, columns});
    auto* to = static_cast<char*>(whole.mutableData());
    for (int64_t r = 0; r < rows; ++r) {
        for (const Tensor& part : parts) {
            const int64_t bytes = part.bytes() / rows;
            std::memcpy(to, part.as<char>() + r * bytes, static_cast<size_t>(bytes));
            to += bytes;
        }
    }
    return whole;
}

}  // namespace

std::optional<Rewrite> mergeProjections(const Graph& graph, const Node& node, const PassContext&) {
    const auto& op = *as<ops::Attention>(*node.op);
    if (!op.heads.empty()) return {};
    std::vector<Projection> parts;
    for (const Operand operand : kRead) {
        const auto p = projectionOf(graph, node, operand);
        if (!p) return {};
        const Projection& first = parts.empty() ? *p : parts[0];
        const bool alike = p->x == first.x && p->depth == first.depth && p->bias.valid() == first.bias.valid() &&
                           graph.fact(p->weights).type == graph.fact(first.weights).type;
        if (!alike) return {};
        parts.push_back(*p);
    }
    return Rewrite{
        node.outputs[0], cat("merged the projections of query, key and value of ", node.name),
        [parts, merged = op, inputs = node.inputs, name = node.name](Graph& g) mutable {
            std::vector<Tensor> weights, biases;
            int64_t heads = 0;
            for (const Projection& p : parts) {
                weights.push_back(*g.fact(p.weights).constant);
                if (p.bias.valid()) biases.push_back(*g.fact(p.bias).constant);
                merged.heads.insert(merged.heads.end(), {heads, p.heads});
                heads += p.heads;
            }
            const std::string all =
                parts[0].product->name + " + " + parts[1].product->name + " + " + parts[2].product->name;
            const ValueId w = g.addConstant(g.uniqueName(name + ".weights"), beside(weights, weights[0].dims()[1]));
            ValueId y = g.add(std::make_unique<ops::MatrixMultiply>(), {parts[0].x, w}, all);
            if (!biases.empty()) {
                const ValueId b = g.addConstant(g.uniqueName(name + ".bias"), beside(biases, 1));
                y = g.add(std::make_unique<ops::ElementWise>(ops::ElementWiseOperation::Sum), {y, b}, all + " (bias)");
            }
            y = g.add(std::make_unique<ops::Reshape>(
                          std::vector<int64_t>{ops::Reshape::copy(0), ops::Reshape::copy(1), heads, parts[0].depth}),
                      {y}, name + " (heads)");
            for (const Operand operand : kRead) inputs[operand] = y;
            return g.add(merged.clone(), inputs, name);
        }};
}

}  // namespace opentrt::passes
