// SPDX-License-Identifier: Apache-2.0
// Layer normalisation written out by exporters becomes one operator:
//   d = x - mean(x);  y = d / sqrt(mean(d^2) + epsilon)   [* scale]  [+ bias]
// The two exporters' ways to write d^2 and to compute d twice are both taken. Scale and bias join, each by a rule of
// its own, when they are constants over the normalised axes alone and nothing else reads the value before them.
#include <algorithm>

#include "base/error.h"
#include "ops/normalization.h"
#include "passes/passes.h"
#include "passes/pattern.h"

namespace opentrt::passes {

namespace {

using Binary = ops::ElementWiseOperation;

std::vector<int64_t> axesOf(const Graph& graph, ValueId mean) {
    const Node* node = nullptr;
    std::vector<int64_t> axes = producerAs<ops::Reduce>(graph, mean, &node)->axes;
    const auto rank = static_cast<int64_t>(graph.fact(node->inputs[0]).shape.size());
    for (int64_t& axis : axes) axis += axis < 0 ? rank : 0;
    std::sort(axes.begin(), axes.end());
    return axes;
}

const Pattern& normalized() {
    static const Pattern x = any("x");
    static const Pattern d = x - mean("mean", x), again = x - mean("mean again", x);
    static const Pattern variance = mean("variance", pow(d, 2) | d * d | pow(again, 2) | again * again);
    static const Pattern pattern = d / sqrt(variance + anyNumber("epsilon"));
    return pattern;
}

std::optional<Rewrite> layerNorm(const Graph& graph, const Node& node, const PassContext&) {
    const ValueId y = node.outputs[0];
    const auto found = match(graph, y, normalized());
    if (!found) return {};
    const auto axes = axesOf(graph, (*found)["mean"]);
    if (axesOf(graph, (*found)["variance"]) != axes) return {};
    if (const auto again = found->find("mean again"); again && axesOf(graph, *again) != axes) return {};
    const ValueId x = (*found)["x"];
    const double epsilon = *numberIn(graph, (*found)["epsilon"]);
    return Rewrite{y, cat("recognised layer normalisation in ", node.name), [=, name = node.name](Graph& g) {
                       auto op = std::make_unique<ops::Normalization>();
                       op->axes = axes;
                       op->epsilon = epsilon;
                       return g.add(std::move(op), {x}, name);
                   }};
}

//! Whether a constant has one element for each element of the normalised axes.
bool fits(const Graph& graph, ValueId constant, ValueId x, const ops::Normalization& op) {
    const Shape &s = graph.fact(x).shape, &c = graph.fact(constant).shape;
    for (size_t i = 0; i < s.size(); ++i) {
        const bool inside = std::find(op.axes.begin(), op.axes.end(), static_cast<int64_t>(i)) != op.axes.end();
        if (inside ? c[i] != s[i] : c[i] != Dim(1)) return false;
    }
    return true;
}

//! normalised `operation` constant, the constant being input `slot` of the normalisation, which is still free.
std::optional<Rewrite> affine(const Graph& graph, const Node& node, Binary operation, size_t slot) {
    const ValueId y = node.outputs[0];
    const auto pair = operandsOf(graph, y, operation);
    if (!pair) return {};
    for (const auto& [n, c] : {std::pair(pair->a, pair->b), std::pair(pair->b, pair->a)}) {
        const Node* norm = nullptr;
        const auto* op = producerAs<ops::Normalization>(graph, n, &norm);
        if (!op || op->groups != 1 || !graph.isConstant(c) || !onlyReader(graph, n)) continue;
        std::vector<ValueId> inputs = norm->inputs;
        inputs.resize(3);
        const bool biased = inputs[2].valid();
        if (biased || inputs[slot].valid() || !fits(graph, c, inputs[0], *op)) continue;
        inputs[slot] = c;
        const std::string name = node.name;
        return Rewrite{y, cat(slot == 1 ? "scale " : "bias ", name, " joins the normalisation ", norm->name),
                       [inputs, name, op](Graph& g) { return g.add(op->clone(), inputs, name); }};
    }
    return {};
}

std::optional<Rewrite> scale(const Graph& graph, const Node& node, const PassContext&) {
    return affine(graph, node, Binary::Prod, 1);
}
std::optional<Rewrite> bias(const Graph& graph, const Node& node, const PassContext&) {
    return affine(graph, node, Binary::Sum, 2);
}

constexpr Rule kRules[] = {
    {"layer_norm", "(x - mean(x)) / sqrt(variance(x) + epsilon) is one operator", &ops::ElementWise::kInfo, layerNorm},
    {"norm_scale", "a constant factor behind a normalisation is its scale", &ops::ElementWise::kInfo, scale},
    {"norm_bias", "a constant summand behind a normalisation is its bias", &ops::ElementWise::kInfo, bias},
};

}  // namespace

std::span<const Rule> layerNormRules() {
    return kRules;
}

}  // namespace opentrt::passes
