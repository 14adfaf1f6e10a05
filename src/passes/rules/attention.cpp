// SPDX-License-Identifier: Apache-2.0
// Attention written out by exporters becomes one operator:
//   softmax(scale * query x key^T [+ mask]) x value
//   softmax(where(allowed, scale * query x key^T, lowest)) x value        or with the branches exchanged
// over tensors [batch, heads, rows, columns], or [heads, rows, columns], which get a batch of one. A constant mask that
// hides what lies behind the diagonal becomes the causal attribute. "lowest" is a number that leaves nothing after
// softmax; a condition that only the run knows is added as 0 or lowest, so that a row that may see nothing averages as
// before. Nothing else may read the values in between. rules/attention_operands.cpp then lets the operator read and
// write where its neighbours have the tensors.
#include "ops/attention.h"

#include <algorithm>

#include "base/error.h"
#include "ops/matrix_multiply.h"
#include "ops/select.h"
#include "ops/softmax.h"
#include "ops/squeeze.h"
#include "ops/unsqueeze.h"
#include "passes/passes.h"
#include "passes/rules/attention_rules.h"

namespace opentrt::passes {

namespace {

using Binary = ops::ElementWiseOperation;
using ops::CausalMask;
using ops::MatrixOperation;

//! A score this low has no weight beside one that a network makes.
constexpr double kHidden = -1e4;
//! Added to a score, a number this low leaves nothing of it.
constexpr double kAbsorbs = -1e30;

struct Mask {
    enum class Kind { None, Added, Allowed, Hidden } kind = Kind::None;  //!< the last two are conditions
    ValueId value;
    double lowest = 0;
};

//! What stands between the product of query and key and the softmax.
struct Scores {
    ValueId product;
    double scale = 1;
    Mask mask;
};

bool isProduct(const Graph& graph, ValueId value) {
    return producerAs<ops::MatrixMultiply>(graph, value) != nullptr;
}

std::optional<Scores> scoresOf(const Graph& graph, ValueId value);

//! The scores in `inner` behind which a mask stands.
std::optional<Scores> masked(const Graph& graph, ValueId value, ValueId inner, Mask mask) {
    if (graph.fact(inner).shape != graph.fact(value).shape) return {};
    auto scores = scoresOf(graph, inner);
    if (!scores || scores->mask.kind != Mask::Kind::None) return {};
    scores->mask = mask;
    return scores;
}

std::optional<Scores> selected(const Graph& graph, ValueId value) {
    const Node* node = nullptr;
    if (!producerAs<ops::Select>(graph, value, &node)) return {};
    const auto one = numberIn(graph, node->inputs[1]), other = numberIn(graph, node->inputs[2]);
    if (other && *other <= kHidden)
        return masked(graph, value, node->inputs[1], {Mask::Kind::Allowed, node->inputs[0], *other});
    if (one && *one <= kHidden)
        return masked(graph, value, node->inputs[2], {Mask::Kind::Hidden, node->inputs[0], *one});
    return {};
}

std::optional<Scores> scoresOf(const Graph& graph, ValueId value) {
    if (!onlyReader(graph, value)) return {};
    if (isProduct(graph, value)) return Scores{value, 1, {}};
    for (const auto operation : {Binary::Prod, Binary::Div}) {
        const auto scaled = withNumber(graph, value, operation);
        if (!scaled) continue;
        auto scores = scoresOf(graph, scaled->x);
        if (!scores || scores->mask.kind != Mask::Kind::None) return {};
        scores->scale *= operation == Binary::Prod ? scaled->number : 1 / scaled->number;
        return scores;
    }
    if (const auto sum = operandsOf(graph, value, Binary::Sum)) {
        if (auto scores = masked(graph, value, sum->a, {Mask::Kind::Added, sum->b, 0})) return scores;
        return masked(graph, value, sum->b, {Mask::Kind::Added, sum->a, 0});
    }
    return selected(graph, value);
}

//! A constant mask as "may attend", row-major; nothing when it is more than yes or no.
std::optional<std::vector<bool>> asCondition(const Graph& graph, const Mask& mask) {
    const auto& constant = graph.fact(mask.value).constant;
    if (!constant) return {};
    std::vector<bool> allowed(static_cast<size_t>(constant->count()));
    for (size_t i = 0; i < allowed.size(); ++i) {
        const double v = constant->get(static_cast<int64_t>(i));
        if (mask.kind == Mask::Kind::Added && v != 0 && v > kHidden) return {};
        allowed[i] = mask.kind == Mask::Kind::Added ? v == 0 : (v != 0) == (mask.kind == Mask::Kind::Allowed);
    }
    return allowed;
}

bool everyRowSees(const std::vector<bool>& allowed, int64_t columns) {
    for (size_t row = 0; row < allowed.size(); row += static_cast<size_t>(columns)) {
        const auto begin = allowed.begin() + static_cast<long>(row);
        if (std::find(begin, begin + columns, true) == begin + columns) return false;
    }
    return true;
}

//! The causal mask that a condition over [(1,) 1, rows, columns] is.
CausalMask causalOf(const std::vector<bool>& allowed, const Shape& mask, const Shape& scores) {
    const size_t rank = mask.size();
    const bool square = mask[rank - 2] == scores[rank - 2] && mask[rank - 1] == scores[rank - 1];
    if (!square || !isStatic(mask) || mask[rank - 2] == Dim(1)) return CausalMask::None;
    const int64_t rows = mask[rank - 2].constant(), columns = mask[rank - 1].constant();
    if (rows * columns != static_cast<int64_t>(allowed.size())) return CausalMask::None;
    const auto is = [&](int64_t shift) {
        for (int64_t r = 0; r < rows; ++r)
            for (int64_t c = 0; c < columns; ++c)
                if (allowed[static_cast<size_t>(r * columns + c)] != (c <= r + shift)) return false;
        return true;
    };
    return is(0) ? CausalMask::UpperLeft : is(columns - rows) ? CausalMask::LowerRight : CausalMask::None;
}

//! How the operator takes a mask: nothing when it cannot.
struct MaskInput {
    CausalMask causal = CausalMask::None;
    std::function<ValueId(Graph&, const std::string&)> build;  //!< null: no input
};

std::optional<MaskInput> maskInput(const Graph& graph, const Mask& mask, const Shape& scores, DType type) {
    if (mask.kind == Mask::Kind::None) return MaskInput{};
    const ValueId value = mask.value;
    const Shape& shape = graph.fact(value).shape;
    const auto allowed = asCondition(graph, mask);
    if (allowed && !allowed->empty() && everyRowSees(*allowed, shape.back().constant())) {
        if (const auto causal = causalOf(*allowed, shape, scores); causal != CausalMask::None)
            return MaskInput{causal, nullptr};
        return MaskInput{CausalMask::None, [=](Graph& g, const std::string& name) {
                             Tensor condition(DType::Bool, staticDims(g.fact(value).shape));
                             for (size_t i = 0; i < allowed->size(); ++i)
                                 condition.setInt(static_cast<int64_t>(i), (*allowed)[i]);
                             return g.addConstant(g.uniqueName(name + ".mask"), std::move(condition));
                         }};
    }
    if (mask.kind == Mask::Kind::Added)
        return MaskInput{CausalMask::None, [value](Graph&, const std::string&) { return value; }};
    if (mask.lowest > kAbsorbs) return {};
    return MaskInput{CausalMask::None, [=](Graph& g, const std::string& name) {
                         const std::vector<int64_t> ones(scores.size(), 1);
                         ValueId yes = g.addConstant(g.uniqueName(name + ".allowed"),
                                                     Tensor::of(type, ones, std::vector<double>{0}));
                         ValueId no = g.addConstant(g.uniqueName(name + ".hidden"),
                                                    Tensor::of(type, ones, std::vector<double>{mask.lowest}));
                         if (mask.kind == Mask::Kind::Hidden) std::swap(yes, no);
                         return g.add(std::make_unique<ops::Select>(), {value, yes, no}, name + " (mask)");
                     }};
}

//! The softmax over the last axis that made a value, or null.
const Node* softmaxOf(const Graph& graph, ValueId value) {
    const Node* node = nullptr;
    const auto* softmax = producerAs<ops::Softmax>(graph, value, &node);
    const auto rank = static_cast<int64_t>(graph.fact(value).shape.size());
    if (!softmax || (rank != 3 && rank != 4)) return nullptr;
    return softmax->axis == rank - 1 || softmax->axis == -1 ? node : nullptr;
}

//! A tensor of rank 3 as the one of a batch.
ValueId inBatch(Graph& graph, ValueId value, const std::string& name) {
    if (graph.fact(value).shape.size() == 4) return value;
    if (const auto& constant = graph.fact(value).constant) {
        std::vector<int64_t> dims = constant->dims();
        dims.insert(dims.begin(), 1);
        return graph.addConstant(graph.uniqueName(graph[value].name), constant->reshaped(dims));
    }
    return graph.add(std::make_unique<ops::Unsqueeze>(std::vector<int64_t>{0}), {value}, name + " (batch)");
}

std::optional<Rewrite> attention(const Graph& graph, const Node& node, const PassContext& context) {
    const auto* weighing = as<ops::MatrixMultiply>(*node.op);
    if (weighing->a != MatrixOperation::None || weighing->b != MatrixOperation::None) return {};
    const Node* softmax = softmaxOf(graph, node.inputs[0]);
    if (!softmax || !onlyReader(graph, node.inputs[0])) return {};
    const auto scores = scoresOf(graph, softmax->inputs[0]);
    if (!scores) return {};
    const Node* product = nullptr;
    const auto* op = producerAs<ops::MatrixMultiply>(graph, scores->product, &product);
    if (op->a != MatrixOperation::None || op->b == MatrixOperation::Vector) return {};

    const std::vector<ValueId> inputs{product->inputs[0], product->inputs[1], node.inputs[1]};
    const Shape &q = graph.fact(inputs[0]).shape, &k = graph.fact(inputs[1]).shape, &v = graph.fact(inputs[2]).shape;
    if (k.size() != q.size() || v.size() != q.size()) return {};
    for (size_t i = 0; i + 2 < q.size(); ++i) {
        if (q[i] != k[i] || q[i] != v[i]) return {};
    }
    ops::Attention made;
    made.scale = scores->scale;
    if (op->b == MatrixOperation::None) made.keyAxes = {0, 1, 3, 2};
    const auto mask = maskInput(graph, scores->mask, graph.fact(scores->product).shape, graph.fact(inputs[0]).type);
    std::vector<ValueId> asked = inputs;
    if (scores->mask.kind == Mask::Kind::Added) asked.push_back(scores->mask.value);
    if (!mask || !runsAttention(graph, made, asked, context)) return {};
    made.causal = mask->causal;
    return Rewrite{node.outputs[0], cat("recognised attention in ", node.name),
                   [=, name = node.name, build = mask->build](Graph& g) {
                       std::vector<ValueId> all = inputs;
                       const bool batched = g.fact(inputs[0]).shape.size() == 4;
                       if (build) all.push_back(build(g, name));
                       for (ValueId& in : all) in = inBatch(g, in, name);
                       const ValueId y = g.add(made.clone(), all, name);
                       if (batched) return y;
                       return g.add(std::make_unique<ops::Squeeze>(std::vector<int64_t>{0}), {y}, name + " (no batch)");
                   }};
}

constexpr Rule kRules[] = {
    {"attention", "softmax(scale * query x key^T + mask) x value is one operator", &ops::MatrixMultiply::kInfo,
     attention},
    {"attention_scale", "a factor of query or key is part of the scale", &ops::Attention::kInfo, scaleIntoAttention},
    {"attention_input_axes", "query, key and value are read without transposing them", &ops::Attention::kInfo,
     readTransposed},
    {"attention_slice", "heads are read out of a sliced tensor", &ops::Attention::kInfo, readSliced},
    {"attention_gather", "heads are read out of a gathered tensor", &ops::Attention::kInfo, readGathered},
    {"attention_merge", "query, key and value of one tensor come from one product", &ops::Attention::kInfo,
     mergeProjections},
    {"attention_output_axes", "the output is written transposed", &ops::Transpose::kInfo, writeTransposed},
};

}  // namespace

std::span<const Rule> attentionRules() {
    return kRules;
}

}  // namespace opentrt::passes
