// SPDX-License-Identifier: Apache-2.0
// Vision transformers cut a picture into patches with a convolution whose window is as large as its stride, and turn
// the result into rows:
//   transpose(reshape(convolution(x, w) + bias, [N, O, pixels]), [0, 2, 1]) = patches(x) * transpose(w) + bias
// where patches(x) has a row of C * h * w numbers for each window. The product needs no im2col and gives rows at once,
// so one transpose of small pieces takes the place of one of single numbers.
#include "base/error.h"
#include "ops/convolution.h"
#include "ops/element_wise.h"
#include "ops/matrix_multiply.h"
#include "ops/reshape.h"
#include "ops/transpose.h"
#include "passes/match.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

using Sizes = std::vector<int64_t>;

//! Whether windows of the kernel [O, C, h, w] lie side by side and cover x [N, C, H, W].
bool cutsPatches(const Graph& graph, const Node& node, const ops::Convolution& op) {
    const Shape &x = graph.fact(node.inputs[0]).shape, &w = graph.fact(node.inputs[1]).shape;
    if (op.groups != 1 || op.quantized || x.size() != 4 || w.size() != 4) return false;
    for (size_t i = 1; i < 4; ++i) {
        if (!x[i].isConstant() || !w[i].isConstant() || w[i].constant() < 1) return false;
    }
    for (size_t i = 0; i < 2; ++i) {
        const int64_t window = w[i + 2].constant();
        if (x[i + 2].constant() % window != 0 || op.strideAt(i) != window || op.dilationAt(i) != 1) return false;
        if (op.preAt(i) != 0 || op.postAt(i) != 0) return false;
    }
    const bool isWhole = w[2] == Dim(1) && w[3] == Dim(1);
    return !isWhole && graph.isConstant(node.inputs[1]);
}

ValueId rowsOf(Graph& graph, NodeId conv) {
    const std::vector<ValueId> in = graph[conv].inputs;
    const std::string name = graph[conv].name;
    const auto options = graph[conv].options;
    const ValueId x = in[0], w = in[1], bias = in.size() > 2 ? in[2] : ValueId();
    const Shape xs = graph.fact(x).shape;
    const Sizes ws = graph.fact(w).constant->dims();
    const int64_t rows = xs[2].constant() / ws[2], columns = xs[3].constant() / ws[3], depth = ws[1] * ws[2] * ws[3];
    const auto reshaped = [&](ValueId value, Sizes dims, const char* what) {
        return graph.add(std::make_unique<ops::Reshape>(std::move(dims), false), {value}, name + what);
    };
    ValueId patches = reshaped(x, {ops::Reshape::copy(0), ws[1], rows, ws[2], columns, ws[3]}, " (windows)");
    patches = graph.add(std::make_unique<ops::Transpose>(Sizes{0, 2, 4, 1, 3, 5}), {patches}, name + " (cut)");
    patches = reshaped(patches, {ops::Reshape::copy(0), rows * columns, depth}, " (patches)");
    const auto constant = [&](ValueId value, const Sizes& dims) {
        return graph.addConstant(graph.uniqueName(graph[value].name), graph.fact(value).constant->reshaped(dims));
    };
    const ValueId weights = constant(w, {1, ws[0], depth});
    using ops::MatrixOperation;
    const auto optioned = [&](ValueId value) {
        graph[graph[value].producer].options = options;
        return value;
    };
    const ValueId product =
        optioned(graph.add(std::make_unique<ops::MatrixMultiply>(MatrixOperation::None, MatrixOperation::Transpose),
                           {patches, weights}, name));
    if (!bias.valid()) return product;
    const Sizes alone{1, 1, ws[0]};
    const ValueId summand = graph.isConstant(bias) ? constant(bias, alone) : reshaped(bias, alone, " (bias)");
    return optioned(graph.add(std::make_unique<ops::ElementWise>(ops::ElementWiseOperation::Sum), {product, summand},
                              name + " (sum)"));
}

std::optional<Rewrite> tokens(const Graph& graph, const Node& node, const PassContext&) {
    if (as<ops::Transpose>(*node.op)->permutation != Sizes{0, 2, 1}) return {};
    const Node *reshape = nullptr, *conv = nullptr;
    if (!producerAs<ops::Reshape>(graph, node.inputs[0], &reshape) || !onlyReader(graph, node.inputs[0])) return {};
    const ValueId picture = reshape->inputs[0];
    const auto* op = producerAs<ops::Convolution>(graph, picture, &conv);
    if (!op || !onlyReader(graph, picture) || !cutsPatches(graph, *conv, *op)) return {};
    const Shape &from = graph.fact(picture).shape, &to = graph.fact(node.inputs[0]).shape;
    if (to.size() != 3 || to[0] != from[0] || to[1] != from[1]) return {};
    return Rewrite{node.outputs[0], cat("patches of ", conv->name, " times its weights"),
                   [id = graph[picture].producer](Graph& g) { return rowsOf(g, id); }};
}

constexpr Rule kRules[] = {
    {"patches", "rows of a convolution of windows side by side = patches * weights", &ops::Transpose::kInfo, tokens},
};

}  // namespace

std::span<const Rule> patchRules() {
    return kRules;
}

}  // namespace opentrt::passes
