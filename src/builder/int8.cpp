// SPDX-License-Identifier: Apache-2.0
#include "builder/int8.h"

#include <algorithm>
#include <cmath>

#include "backends/backend.h"
#include "ops/convolution.h"
#include "ops/dequantize.h"
#include "ops/element_wise.h"
#include "ops/matrix_multiply.h"
#include "ops/quantize.h"

namespace opentrt::builder {

namespace {

constexpr double kTop = 127;

//! Where the constant factor of a product has its output channels, and its inner size; nothing: it stays as it is.
struct Factor {
    size_t channels;
    int64_t inner;
};
std::optional<Factor> factorOf(const Graph& graph, const Node& node) {
    if (node.inputs.size() < 2 || !graph.isConstant(node.inputs[1]) || graph.isConstant(node.inputs[0])) return {};
    if (!isFloat(graph.fact(node.inputs[0]).type) || node.options.precision.value_or(DType::I8) != DType::I8) return {};
    const auto dims = graph.fact(node.inputs[1]).constant->dims();
    if (const auto* conv = as<ops::Convolution>(*node.op)) {
        // Further leading dimensions of the activations are batch, which narrow kernels do not know.
        if (conv->groups != 1 || graph.fact(node.inputs[0]).shape.size() != dims.size()) return {};
        return Factor{0, dims[1]};
    }
    const auto* product = as<ops::MatrixMultiply>(*node.op);
    using Operation = ops::MatrixOperation;
    if (!product || product->a == Operation::Vector || product->b == Operation::Vector || dims.size() < 2) return {};
    const bool transposed = product->b == Operation::Transpose;
    const size_t rank = dims.size();
    return Factor{transposed ? rank - 2 : rank - 1, dims[transposed ? rank - 1 : rank - 2]};
}

//! The constant as i8, and its scales.
std::pair<Tensor, Tensor> narrow(const Tensor& weights, size_t axis) {
    const auto& dims = weights.dims();
    int64_t stride = 1;
    for (size_t d = axis + 1; d < dims.size(); ++d) stride *= dims[d];
    const std::vector<double> values = weights.toDoubles();
    const auto channelOf = [&](size_t i) { return static_cast<int64_t>(i) / stride % dims[axis]; };
    std::vector<double> scales(static_cast<size_t>(dims[axis]), 0);
    for (size_t i = 0; i < values.size(); ++i) {
        double& most = scales[static_cast<size_t>(channelOf(i))];
        most = std::max(most, std::fabs(values[i]));
    }
    for (double& scale : scales) scale = scale > 0 ? static_cast<float>(scale / kTop) : 1;
    Tensor result(DType::I8, dims);
    auto* to = static_cast<int8_t*>(result.mutableData());
    for (size_t i = 0; i < values.size(); ++i) {
        const double steps = std::nearbyint(values[i] / scales[static_cast<size_t>(channelOf(i))]);
        to[i] = static_cast<int8_t>(std::clamp(steps, -kTop, kTop));
    }
    return {std::move(result), Tensor::of(DType::F32, {dims[axis]}, scales)};
}

class Quantizer {
public:
    Quantizer(Graph& graph, const std::map<std::string, float>& ranges) : graph_(graph), ranges_(ranges) {}

    bool product(NodeId id) {
        const std::optional<Factor> factor = factorOf(graph_, graph_[id]);
        if (!factor || factor->inner % kNarrowStep != 0 || !rangeOf(graph_[id].inputs[0])) return false;
        const ValueId x = narrowed(graph_[id].inputs[0]);
        const ValueId w = weights(graph_[id].inputs[1], factor->channels);
        graph_.setInput(id, 0, x);
        graph_.setInput(id, 1, w);
        return true;
    }

    //! Sums read what a product reads narrow as that: a residual then is never there as a float.
    void sums() {
        for (const auto& [value, narrow] : narrowed_) {
            for (const Use& use : std::vector<Use>(graph_[value].uses)) {
                const auto* sum = as<ops::ElementWise>(*graph_[use.node].op);
                if (sum && sum->operation == ops::ElementWiseOperation::Sum)
                    graph_.setInput(use.node, use.input, narrow);
            }
        }
    }

private:
    std::optional<double> rangeOf(ValueId value) const {
        const auto at = ranges_.find(graph_[value].name);
        const bool usable = at != ranges_.end() && at->second > 0 && std::isfinite(at->second);
        return usable ? std::optional<double>(at->second) : std::nullopt;
    }

    ValueId narrowed(ValueId value) {
        if (const auto at = narrowed_.find(value); at != narrowed_.end()) return at->second;
        const std::string name = graph_[value].name;
        const ValueId scale =
            graph_.addConstant(graph_.uniqueName(name + ".scale"),
                               Tensor::of(DType::F32, {}, std::vector<double>{*rangeOf(value) / kTop}));
        const ValueId q = graph_.add(std::make_unique<ops::Quantize>(), {value, scale}, "quantize " + name);
        return narrowed_[value] = dequantized(q, scale, -1, graph_.fact(value).type, "dequantize " + name);
    }

    ValueId dequantized(ValueId q, ValueId scale, int64_t axis, DType type, const std::string& name) {
        auto op = std::make_unique<ops::Dequantize>();
        op->axis = axis;
        op->to = type;
        return graph_.add(std::move(op), {q, scale}, name);
    }

    ValueId weights(ValueId value, size_t axis) {
        const std::string name = graph_[value].name;
        const DType type = graph_.fact(value).type;
        auto [narrow, scales] = builder::narrow(*graph_.fact(value).constant, axis);
        const ValueId q = graph_.addConstant(graph_.uniqueName(name + ".i8"), std::move(narrow));
        const ValueId scale = graph_.addConstant(graph_.uniqueName(name + ".scale"), std::move(scales));
        return dequantized(q, scale, static_cast<int64_t>(axis), type, "dequantize " + name);
    }

    Graph& graph_;
    const std::map<std::string, float>& ranges_;
    std::map<ValueId, ValueId> narrowed_;
};

}  // namespace

int quantizeByRanges(Graph& graph, const std::map<std::string, float>& ranges) {
    Quantizer quantizer(graph, ranges);
    int changed = 0;
    for (const NodeId node : graph.order()) changed += quantizer.product(node);
    quantizer.sums();
    graph.removeDead();
    return changed;
}

}  // namespace opentrt::builder
