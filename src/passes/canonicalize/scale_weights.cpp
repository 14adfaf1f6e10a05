// SPDX-License-Identifier: Apache-2.0
// A factor or summand per output channel behind a convolution moves into its weights, as batch normalisation does:
//   conv(x, w, b) * s = conv(x, w * s, b * s)      conv(x, w, b) + t = conv(x, w, b + t)
// The convolution must have no other reader, and the operand one element per channel, or one in all.
#include "base/error.h"
#include "ops/convolution.h"
#include "ops/deconvolution.h"
#include "ops/element_wise.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

using ops::ElementWiseOperation;

struct Match {
    NodeId convolution;
    ElementWiseOperation operation;
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

std::optional<Match> match(const Graph& graph, const Node& node) {
    const auto* binary = as<ops::ElementWise>(*node.op);
    if (!binary) return std::nullopt;
    Match m;
    m.operation = binary->operation;
    for (const size_t side : {size_t{0}, size_t{1}}) {
        const ValueId x = node.inputs[side], c = node.inputs[1 - side];
        const bool ordered = m.operation == ElementWiseOperation::Sub || m.operation == ElementWiseOperation::Div;
        if (!graph.isConstant(c) || (ordered && side == 1)) continue;
        m.convolution = graph[x].producer;
        if (!m.convolution.valid() || graph[x].uses.size() != 1 || graph.isOutput(x)) continue;
        const Node& producer = graph[m.convolution];
        const auto* conv = as<ops::Convolution>(*producer.op);
        const auto* deconv = as<ops::Deconvolution>(*producer.op);
        if (!conv && !deconv) continue;
        if (!graph.isConstant(producer.inputs[1])) continue;
        const bool hasBias = producer.inputs.size() > 2 && producer.inputs[2].valid();
        if (hasBias && !graph.isConstant(producer.inputs[2])) continue;
        const auto& kernel = graph.fact(producer.inputs[1]).constant->dims();
        m.transposed = deconv != nullptr;
        m.groups = conv ? conv->groups : deconv->groups;
        m.maps = m.transposed ? kernel[1] * m.groups : kernel[0];
        const size_t rank = graph.fact(x).shape.size();
        auto values = perChannel(*graph.fact(c).constant, rank - kernel.size() + 1, m.maps);
        if (!values || graph.fact(node.outputs[0]).shape != graph.fact(x).shape) continue;
        m.values = std::move(*values);
        return m;
    }
    return std::nullopt;
}

Tensor scaled(const Tensor& kernel, const Match& m) {
    Tensor result(kernel.type(), kernel.dims());
    const auto& dims = kernel.dims();
    const int64_t window = volumeOf({dims.begin() + 2, dims.end()});
    for (int64_t i = 0; i < kernel.count(); ++i) {
        int64_t channel = i / window / dims[1];
        if (m.transposed) channel = channel / (dims[0] / m.groups) * dims[1] + i / window % dims[1];
        result.set(i, kernel.get(i) * m.values[static_cast<size_t>(channel)]);
    }
    return result;
}

void apply(Graph& graph, NodeId node, Match m) {
    const Node& conv = graph[m.convolution];
    const DType type = graph.fact(conv.inputs[1]).type;
    std::vector<double> bias(static_cast<size_t>(m.maps), 0.0);
    if (conv.inputs.size() > 2 && conv.inputs[2].valid()) bias = graph.fact(conv.inputs[2]).constant->toDoubles();
    if (m.operation == ElementWiseOperation::Div) {
        for (double& v : m.values) v = 1 / v;
    }
    const bool factor = m.operation == ElementWiseOperation::Prod || m.operation == ElementWiseOperation::Div;
    for (size_t c = 0; c < bias.size(); ++c) {
        const double v = m.values[c];
        bias[c] = factor ? bias[c] * v : m.operation == ElementWiseOperation::Sub ? bias[c] - v : bias[c] + v;
    }
    const std::string name = conv.name;
    std::vector<ValueId> inputs = conv.inputs;
    inputs.resize(3);
    if (factor) {
        inputs[1] = graph.addConstant(graph.uniqueName(name + ".kernel"), scaled(*graph.fact(inputs[1]).constant, m));
    }
    inputs[2] = graph.addConstant(graph.uniqueName(name + ".bias"), Tensor::of(type, {m.maps}, bias));
    const NodeOptions options = conv.options;
    const ValueId result = graph.add(conv.op->clone(), inputs, name);
    graph[graph[result].producer].options = options;
    graph.replaceUses(graph[node].outputs[0], result);
}

}  // namespace

bool scaleIntoWeights(Graph& graph, PassContext& context) {
    bool changed = false;
    for (NodeId id : graph.order()) {
        if (graph[id].dead) continue;
        auto found = match(graph, graph[id]);
        const bool folds =
            found && (found->operation == ElementWiseOperation::Prod || found->operation == ElementWiseOperation::Div ||
                      found->operation == ElementWiseOperation::Sum || found->operation == ElementWiseOperation::Sub);
        if (!folds || !context.spend()) continue;
        context.log.verbose("folding ", graph[id].name, " into the weights of ", graph[found->convolution].name);
        apply(graph, id, std::move(*found));
        graph.removeDead();
        changed = true;
    }
    return changed;
}

}  // namespace opentrt::passes
