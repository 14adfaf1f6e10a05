// SPDX-License-Identifier: Apache-2.0
// A factor or summand per output channel behind a convolution moves into its weights, as batch normalisation does:
//   conv(x, w, b) * s = conv(x, w * s, b * s)      conv(x, w, b) + t = conv(x, w, b + t)
// The convolution must have no other reader, and the operand one element per channel, or one in all.
#include "base/error.h"
#include "ops/support/any_convolution.h"
#include "passes/match.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

using Binary = ops::ElementWiseOperation;

//! A convolution and what stands behind it.
struct Found {
    NodeId convolution;
    std::vector<double> values;  //!< one per output channel
    int64_t maps;
    bool transposed;
    int64_t groups;
};

//! The operand's values by channel; nothing when it varies along another axis.
std::optional<std::vector<double>> perChannel(const Tensor& constant, size_t channelAxis, int64_t maps) {
    const auto& dims = constant.dims();
    for (size_t i = 0; i < dims.size(); ++i) {
        if (dims[i] != 1 && (i != channelAxis || dims[i] != maps)) return std::nullopt;
    }
    std::vector<double> values = constant.toDoubles();
    if (values.size() == 1) values.assign(static_cast<size_t>(maps), values[0]);
    return values;
}

//! `x` made by a convolution with constant weights, which `c` scales or shifts by channel.
std::optional<Found> findBehind(const Graph& graph, ValueId x, ValueId c, ValueId result) {
    Found f;
    f.convolution = graph[x].producer;
    if (!graph.isConstant(c) || !f.convolution.valid() || !onlyReader(graph, x)) return {};
    const Node& producer = graph[f.convolution];
    const auto conv = ops::anyConvolution(*producer.op);
    if (!conv || !graph.isConstant(producer.inputs[1])) return {};
    const bool hasBias = producer.inputs.size() > 2 && producer.inputs[2].valid();
    if (hasBias && !graph.isConstant(producer.inputs[2])) return {};
    const auto& kernel = graph.fact(producer.inputs[1]).constant->dims();
    f.transposed = conv->transposed;
    f.groups = conv->groups;
    f.maps = conv->maps(kernel);
    const size_t rank = graph.fact(x).shape.size();
    auto values = perChannel(*graph.fact(c).constant, rank - kernel.size() + 1, f.maps);
    if (!values || graph.fact(result).shape != graph.fact(x).shape) return {};
    f.values = std::move(*values);
    return f;
}

//! The convolution in front of `x operation c`, or `c operation x` where that is the same.
std::optional<Found> find(const Graph& graph, const Node& node, Binary operation) {
    const auto pair = operandsOf(graph, node.outputs[0], operation);
    if (!pair) return {};
    if (auto found = findBehind(graph, pair->a, pair->b, node.outputs[0])) return found;
    const bool commutes = operation == Binary::Sum || operation == Binary::Prod;
    return commutes ? findBehind(graph, pair->b, pair->a, node.outputs[0]) : std::nullopt;
}

std::vector<double> biasOf(const Graph& graph, const Node& conv, int64_t maps) {
    const bool has = conv.inputs.size() > 2 && conv.inputs[2].valid();
    return has ? graph.fact(conv.inputs[2]).constant->toDoubles() : std::vector<double>(static_cast<size_t>(maps), 0.0);
}

Tensor scaled(const Tensor& kernel, const Found& f) {
    Tensor result(kernel.type(), kernel.dims());
    const auto& dims = kernel.dims();
    const int64_t window = volumeOf({dims.begin() + 2, dims.end()});
    for (int64_t i = 0; i < kernel.count(); ++i) {
        int64_t channel = i / window / dims[1];
        if (f.transposed) channel = channel / (dims[0] / f.groups) * dims[1] + i / window % dims[1];
        result.set(i, kernel.get(i) * f.values[static_cast<size_t>(channel)]);
    }
    return result;
}

//! The same convolution with another bias and, if given, other weights.
ValueId withWeights(Graph& graph, const Found& f, std::optional<Tensor> kernel, const std::vector<double>& bias) {
    const Node& conv = graph[f.convolution];
    const std::string name = conv.name;
    const NodeOptions options = conv.options;
    const std::unique_ptr<Op> op = conv.op->clone();
    std::vector<ValueId> inputs = conv.inputs;
    const DType type = graph.fact(inputs[1]).type;
    inputs.resize(3);
    if (kernel) inputs[1] = graph.addConstant(graph.uniqueName(name + ".kernel"), std::move(*kernel));
    inputs[2] = graph.addConstant(graph.uniqueName(name + ".bias"), Tensor::of(type, {f.maps}, bias));
    const ValueId result = graph.add(op->clone(), inputs, name);
    NodeOptions& kept = graph[graph[result].producer].options;
    kept = options;
    kept.metadata.clear();
    return result;
}

std::optional<Rewrite> factor(const Graph& graph, const Node& node, Binary operation) {
    auto f = find(graph, node, operation);
    if (!f) return {};
    if (operation == Binary::Div) {
        for (double& v : f->values) v = 1 / v;
    }
    return Rewrite{node.outputs[0], cat("folding ", node.name, " into the weights of ", graph[f->convolution].name),
                   [f = std::move(*f)](Graph& g) {
                       const Node& conv = g[f.convolution];
                       std::vector<double> bias = biasOf(g, conv, f.maps);
                       for (size_t c = 0; c < bias.size(); ++c) bias[c] *= f.values[c];
                       return withWeights(g, f, scaled(*g.fact(conv.inputs[1]).constant, f), bias);
                   }};
}

std::optional<Rewrite> summand(const Graph& graph, const Node& node, Binary operation) {
    auto f = find(graph, node, operation);
    if (!f) return {};
    const double sign = operation == Binary::Sub ? -1 : 1;
    return Rewrite{node.outputs[0], cat("folding ", node.name, " into the bias of ", graph[f->convolution].name),
                   [f = std::move(*f), sign](Graph& g) {
                       std::vector<double> bias = biasOf(g, g[f.convolution], f.maps);
                       for (size_t c = 0; c < bias.size(); ++c) bias[c] += sign * f.values[c];
                       return withWeights(g, f, std::nullopt, bias);
                   }};
}

std::optional<Rewrite> product(const Graph& graph, const Node& node, const PassContext&) {
    return factor(graph, node, Binary::Prod);
}
std::optional<Rewrite> quotient(const Graph& graph, const Node& node, const PassContext&) {
    return factor(graph, node, Binary::Div);
}
std::optional<Rewrite> sum(const Graph& graph, const Node& node, const PassContext&) {
    return summand(graph, node, Binary::Sum);
}
std::optional<Rewrite> difference(const Graph& graph, const Node& node, const PassContext&) {
    return summand(graph, node, Binary::Sub);
}

constexpr Rule kRules[] = {
    {"factor_into_weights", "conv(x, w, b) * s = conv(x, w * s, b * s)", &ops::ElementWise::kInfo, product},
    {"divisor_into_weights", "conv(x, w, b) / s = conv(x, w / s, b / s)", &ops::ElementWise::kInfo, quotient},
    {"summand_into_bias", "conv(x, w, b) + t = conv(x, w, b + t)", &ops::ElementWise::kInfo, sum},
    {"subtrahend_into_bias", "conv(x, w, b) - t = conv(x, w, b - t)", &ops::ElementWise::kInfo, difference},
};

}  // namespace

std::span<const Rule> scaleWeightsRules() {
    return kRules;
}

}  // namespace opentrt::passes
