// SPDX-License-Identifier: Apache-2.0
// Operators that exist because the API has such a layer become canonical ones: Shuffle, Scale, FullyConnected.
#include "base/error.h"
#include "ops/element_wise.h"
#include "ops/fully_connected.h"
#include "ops/identity.h"
#include "ops/matrix_multiply.h"
#include "ops/reshape.h"
#include "ops/scale.h"
#include "ops/shuffle.h"
#include "ops/transpose.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

//! What is left of a layer's node while the graph grows under it.
struct Layer {
    std::string name;
    std::vector<ValueId> inputs;
    std::shared_ptr<const Op> op;
};

ValueId lowerShuffle(Graph& graph, const Layer& node) {
    const auto& op = *as<ops::Shuffle>(*node.op);
    ValueId x = node.inputs[0];
    const std::string& name = node.name;
    const bool byTensor = node.inputs.size() > 1 && node.inputs[1].valid();
    const ValueId dims = byTensor ? node.inputs[1] : ValueId();
    if (!op.first.empty()) x = graph.add(std::make_unique<ops::Transpose>(op.first), {x}, name + " (first transpose)");
    if (byTensor) {
        x = graph.add(std::make_unique<ops::Reshape>(std::vector<int64_t>(), op.zeroIsPlaceholder), {x, dims}, name);
    } else if (op.reshapes) {
        x = graph.add(std::make_unique<ops::Reshape>(op.dims, op.zeroIsPlaceholder), {x}, name);
    }
    if (!op.second.empty())
        x = graph.add(std::make_unique<ops::Transpose>(op.second), {x}, name + " (second transpose)");
    return x;
}

//! A flat list of coefficients in the shape that broadcasts against x.
ValueId coefficients(Graph& graph, ValueId list, const ops::Scale& op, const Shape& x, const std::string& name) {
    std::vector<int64_t> dims(x.size(), 1);
    const auto axis = static_cast<size_t>(op.channelAxis);
    if (op.mode == ops::ScaleMode::Channel) dims[axis] = -1;
    if (op.mode == ops::ScaleMode::Elementwise) {
        for (size_t i = axis; i < x.size(); ++i) dims[i] = x[i].constant();
    }
    return graph.add(std::make_unique<ops::Reshape>(dims, false), {list}, name + " (coefficients)");
}

ValueId lowerScale(Graph& graph, const Layer& node) {
    const auto& op = *as<ops::Scale>(*node.op);
    using Operation = ops::ElementWiseOperation;
    const Shape shape = graph.fact(node.inputs[0]).shape;
    const std::vector<ValueId>& inputs = node.inputs;
    const std::string& name = node.name;
    ValueId x = inputs[0];
    const auto apply = [&](size_t i, Operation operation) {
        if (i >= inputs.size() || !inputs[i].valid()) return;
        const ValueId c = coefficients(graph, inputs[i], op, shape, name);
        x = graph.add(std::make_unique<ops::ElementWise>(operation), {x, c}, name);
    };
    apply(2, Operation::Prod);
    apply(1, Operation::Sum);
    apply(3, Operation::Pow);
    return x;
}

//! [N..., C, H, W] -> [N..., CHW] x kernel^T (+ bias) -> [N..., K, 1, 1]
ValueId lowerFullyConnected(Graph& graph, const Layer& node) {
    using ops::MatrixOperation;
    using ops::Reshape;
    const std::vector<ValueId>& inputs = node.inputs;
    const std::string& name = node.name;
    std::vector<int64_t> flat{-1, graph.fact(inputs[1]).constant ? graph.fact(inputs[1]).constant->dims()[1] : -1};
    check(flat[1] >= 0, "a fully connected layer has a kernel that is not constant");
    ValueId x = graph.add(std::make_unique<Reshape>(flat, false), {inputs[0]}, name + " (rows)");
    x = graph.add(std::make_unique<ops::MatrixMultiply>(MatrixOperation::None, MatrixOperation::Transpose),
                  {x, inputs[1]}, name);
    if (inputs.size() > 2 && inputs[2].valid()) {
        const ValueId bias =
            graph.add(std::make_unique<Reshape>(std::vector<int64_t>{1, -1}, false), {inputs[2]}, name + " (bias)");
        x = graph.add(std::make_unique<ops::ElementWise>(ops::ElementWiseOperation::Sum), {x, bias}, name);
    }
    std::vector<int64_t> back;
    const Shape shape = graph.fact(inputs[0]).shape;
    for (size_t i = 0; i + 3 < shape.size(); ++i) back.push_back(shape[i].isConstant() ? shape[i].constant() : -1);
    back.insert(back.end(), {graph.fact(x).shape[1].constant(), 1, 1});
    return graph.add(std::make_unique<Reshape>(back, false), {x}, name + " (maps)");
}

template <ValueId (*lower)(Graph&, const Layer&)>
std::optional<Rewrite> lowered(const Graph&, const Node& node, const PassContext&) {
    return Rewrite{node.outputs[0], "", [layer = Layer{node.name, node.inputs, node.op->clone()}](Graph& graph) {
                       const ValueId x = lower(graph, layer);
                       if (x != layer.inputs[0]) return x;
                       // A layer that changes nothing may stand between an input and an output of the network.
                       return graph.add(std::make_unique<ops::Identity>(), {x}, layer.name);
                   }};
}

constexpr Rule kRules[] = {
    {"shuffle", "a shuffle layer is transpose, reshape, transpose", &ops::Shuffle::kInfo, lowered<lowerShuffle>, true},
    {"scale", "a scale layer is (x * scale + shift) ^ power", &ops::Scale::kInfo, lowered<lowerScale>, true},
    {"fully_connected", "a fully connected layer is a matrix product", &ops::FullyConnected::kInfo,
     lowered<lowerFullyConnected>, true},
};

}  // namespace

std::span<const Rule> decomposeRules() {
    return kRules;
}

}  // namespace opentrt::passes
