// SPDX-License-Identifier: Apache-2.0
// Layer normalisation written out by exporters becomes one operator:
//   d = x - mean(x);  y = d / sqrt(mean(d^2) + epsilon)   [* scale]  [+ bias]
// mean(d^2) may also be written with a power or a product; scale and bias join when they are constants over the
// normalised axes alone and nothing else reads the value before them.
#include <algorithm>

#include "base/error.h"
#include "ops/normalization.h"
#include "passes/match.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

using Binary = ops::ElementWiseOperation;

struct Mean {
    ValueId x;
    std::vector<int64_t> axes;
};

std::optional<Mean> meanOf(const Graph& graph, ValueId value) {
    const Node* node = nullptr;
    const auto* reduce = producerAs<ops::Reduce>(graph, value, &node);
    if (!reduce || reduce->operation != ops::ReduceOperation::Avg || !reduce->keep) return std::nullopt;
    Mean mean{node->inputs[0], reduce->axes};
    const auto rank = static_cast<int64_t>(graph.fact(mean.x).shape.size());
    for (int64_t& axis : mean.axes) axis += axis < 0 ? rank : 0;
    std::sort(mean.axes.begin(), mean.axes.end());
    return mean;
}

struct Normalized {
    ValueId x;
    std::vector<int64_t> axes;
    double epsilon;
};

//! The value that is squared.
std::optional<ValueId> squareOf(const Graph& graph, ValueId value) {
    if (const auto power = withNumber(graph, value, Binary::Pow); power && power->number == 2) return power->x;
    const auto product = operandsOf(graph, value, Binary::Prod);
    return product && product->a == product->b ? std::optional(product->a) : std::nullopt;
}

//! x and the axes when `centred` is x - mean(x).
std::optional<Mean> centred(const Graph& graph, ValueId value) {
    const auto difference = operandsOf(graph, value, Binary::Sub);
    if (!difference) return std::nullopt;
    const auto mean = meanOf(graph, difference->b);
    return mean && mean->x == difference->a ? mean : std::nullopt;
}

std::optional<Normalized> match(const Graph& graph, ValueId value) {
    const auto quotient = operandsOf(graph, value, Binary::Div);
    if (!quotient) return std::nullopt;
    const auto x = centred(graph, quotient->a);
    const auto root = argumentOf(graph, quotient->b, ops::UnaryOperation::Sqrt);
    if (!x || !root) return std::nullopt;
    const auto plusEpsilon = withNumber(graph, *root, Binary::Sum);
    const auto variance = plusEpsilon ? meanOf(graph, plusEpsilon->x) : std::nullopt;
    const auto deviation = variance ? squareOf(graph, variance->x) : std::nullopt;
    if (!deviation || variance->axes != x->axes) return std::nullopt;
    const auto again = centred(graph, *deviation);
    if (!again || again->x != x->x || again->axes != x->axes) return std::nullopt;
    return Normalized{x->x, x->axes, plusEpsilon->number};
}

//! The constant operand of the value's only reader, when it fits as scale or bias.
std::optional<std::pair<NodeId, ValueId>> affineStep(const Graph& graph, ValueId value, Binary operation,
                                                     const Normalized& n) {
    const auto reader = onlyReader(graph, value);
    if (!reader) return std::nullopt;
    const auto pair = operandsOf(graph, graph[*reader].outputs[0], operation);
    if (!pair) return std::nullopt;
    const ValueId other = pair->a == value ? pair->b : pair->a;
    if (!graph.isConstant(other)) return std::nullopt;
    const Shape& x = graph.fact(n.x).shape;
    const Shape& c = graph.fact(other).shape;
    for (size_t i = 0; i < x.size(); ++i) {
        const bool normalized = std::binary_search(n.axes.begin(), n.axes.end(), static_cast<int64_t>(i));
        if (normalized ? c[i] != x[i] : c[i] != Dim(1)) return std::nullopt;
    }
    return std::pair(*reader, other);
}

}  // namespace

bool recognizeNormalization(Graph& graph, PassContext& context) {
    bool changed = false;
    for (NodeId id : graph.order()) {
        if (graph[id].dead || graph[id].outputs.size() != 1) continue;
        ValueId last = graph[id].outputs[0];
        const auto found = match(graph, last);
        if (!found || !context.spend()) continue;
        std::vector<ValueId> inputs{found->x, ValueId(), ValueId()};
        NodeId end = id;
        if (const auto scale = affineStep(graph, last, Binary::Prod, *found)) {
            inputs[1] = scale->second;
            end = scale->first;
        }
        if (const auto bias = affineStep(graph, graph[end].outputs[0], Binary::Sum, *found)) {
            inputs[2] = bias->second;
            end = bias->first;
        }
        auto op = std::make_unique<ops::Normalization>();
        op->axes = found->axes;
        op->epsilon = found->epsilon;
        const std::string name = graph[end].name;
        const ValueId result = graph.add(std::move(op), inputs, name);
        graph[graph[result].producer].options.metadata = graph[end].options.metadata;
        graph.replaceUses(graph[end].outputs[0], result);
        graph.removeDead();
        context.log.verbose("recognised layer normalisation in ", name);
        changed = true;
    }
    return changed;
}

}  // namespace opentrt::passes
