// SPDX-License-Identifier: Apache-2.0
// Normalisations of rows between products vanish where the backend keeps statistics of rows:
//   normalised(h) W = factor * (h (scale W) - mean * columns of (scale W)) + bias W
// The product that makes h leaves statistics of it behind; each product that reads h normalised multiplies h itself,
// with the scale in its weights, and corrects its sums by the mean and the factor of the row. Where the normalised rows
// are an operand behind a product (residuals), they are computed there, number by number. So h is never read for its
// statistics, nor written a second time. A normalisation goes only when all of its readers can do without it, its input
// comes from a product in a region or alone, and rows are known to be multiples of 64 numbers in f16 or bf16. Sums of
// columns are those of the rounded weights, so that a large mean cancels. Where the backend keeps no statistics of so
// many rows, the product may do the whole normalisation (norm_joins.h).
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/half.h"
#include "ops/element_wise.h"
#include "ops/matrix_multiply.h"
#include "ops/normalization.h"
#include "ops/normalize_rows.h"
#include "ops/reshape.h"
#include "ops/row_factors.h"
#include "ops/row_statistics.h"
#include "passes/fuse/norm_joins.h"
#include "passes/fuse/region_builder.h"
#include "passes/match.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

constexpr int64_t kStep = 2 * ops::RowStatistics::kColumns;

bool isWhole(const Dim& columns) {
    return columns.isConstant() && columns.constant() % kStep == 0;
}

//! A normalisation that may go.
struct Site {
    NodeId norm;
    ValueId rows;              //!< what the product makes
    std::vector<Use> readers;  //!< of the normalised rows
    ValueId scale, bias;       //!< invalid where there is none
    double epsilon = 0;
    bool rms = false;
};

//! All that read the value, through views with the same rows; false when one of them is an output of the graph.
bool collectReaders(const Graph& graph, ValueId value, const Shape& rows, std::vector<Use>& readers) {
    if (graph.isOutput(value)) return false;
    for (const Use& use : graph[value].uses) {
        const Node& node = graph[use.node];
        const bool isView = as<ops::Reshape>(*node.op) && use.input == 0;
        if (!isView && graph.fact(value).shape != rows) return false;
        if (!isView) readers.push_back(use);
        if (!isView) continue;
        const Shape& to = graph.fact(node.outputs[0]).shape;
        if (to.empty() || to.back() != rows.back()) return false;
        if (!collectReaders(graph, node.outputs[0], rows, readers)) return false;
    }
    return true;
}

//! One number for each column.
bool isByColumn(const Graph& graph, ValueId value, const Dim& columns) {
    if (!value.valid()) return true;
    const auto& constant = graph.fact(value).constant;
    return constant && Dim(constant->count()) == columns && constant->dims().back() == columns.constant();
}

std::optional<Site> siteOf(const Graph& graph, NodeId id) {
    const Node& node = graph[id];
    const auto* op = as<ops::Normalization>(*node.op);
    if (!op || op->groups != 1 || op->axes.size() != 1) return {};
    Site site;
    site.norm = id;
    site.epsilon = op->epsilon;
    site.rms = op->rms;
    const Fact& x = graph.fact(node.inputs[0]);
    const auto rank = static_cast<int64_t>(x.shape.size());
    const bool isLast = op->axes[0] == -1 || op->axes[0] == rank - 1;
    if (!isLast || (x.type != DType::F16 && x.type != DType::BF16) || !isWhole(x.shape.back())) return {};
    if (node.inputs.size() > 1) site.scale = node.inputs[1];
    if (node.inputs.size() > 2) site.bias = node.inputs[2];
    if (!isByColumn(graph, site.scale, x.shape.back()) || !isByColumn(graph, site.bias, x.shape.back())) return {};
    site.rows = behindViews(graph, node.inputs[0]);
    if (!productOf(graph, graph[site.rows].producer) || graph[site.rows].output != 0) return {};
    if (!collectReaders(graph, node.outputs[0], graph.fact(site.rows).shape, site.readers)) return {};
    // A node that reads them in two places would need both corrections.
    std::vector<NodeId> nodes;
    for (const Use& use : site.readers) nodes.push_back(use.node);
    std::sort(nodes.begin(), nodes.end());
    if (std::adjacent_find(nodes.begin(), nodes.end()) != nodes.end()) return {};
    return site.readers.empty() ? std::nullopt : std::optional(site);
}

// -- weights

float toFloat(uint16_t bits, DType type) {
    return type == DType::F16 ? f16ToFloat(bits) : bf16ToFloat(bits);
}

struct Folded {
    Tensor weights;                    //!< times the scale, rounded
    std::vector<double> sums, biases;  //!< of their columns; of the weights times the bias
};

//! Weights [..., K, N], or [..., N, K] when transposed, of 16 bits. Scale and bias may be empty: 1 and 0. Nothing when
//! a scaled weight is beyond the type.
std::optional<Folded> fold(const Tensor& w, bool transposed, const std::vector<double>& scale,
                           const std::vector<double>& bias, size_t k) {
    const size_t columns = static_cast<size_t>(w.count()) / k;
    Folded f{Tensor(w.type(), w.dims()), std::vector<double>(columns, 0.0),
             std::vector<double>(bias.empty() ? 0 : columns, 0.0)};
    const auto* from = w.as<uint16_t>();
    auto* to = f.weights.mutableAs<uint16_t>();
    const size_t lines = transposed ? columns : k, length = transposed ? k : columns;
    for (size_t i = 0; i < lines; ++i) {
        for (size_t j = 0; j < length; ++j) {
            const size_t row = transposed ? j : i, column = transposed ? i : j;
            const float value = toFloat(*from++, w.type());
            const float scaled = scale.empty() ? value : value * static_cast<float>(scale[row]);
            const uint16_t bits = w.type() == DType::F16 ? floatToF16(scaled) : floatToBf16(scaled);
            *to++ = bits;
            f.sums[column] += static_cast<double>(toFloat(bits, w.type()));
            if (!bias.empty()) f.biases[column] += static_cast<double>(value) * bias[row];
        }
    }
    const bool areFinite =
        std::all_of(f.sums.begin(), f.sums.end(), [](double sum) { return std::isfinite(static_cast<float>(sum)); });
    return areFinite ? std::optional(std::move(f)) : std::nullopt;
}

// -- readers

//! Adds (x - mean * slope) * factor * scale + bias to the body; the vectors may be empty: 1, 1 and 0.
ValueId addNormalized(Graph& graph, RegionDraft& draft, const Site& site, ValueId statistics, ValueId x,
                      const std::vector<double>& slope, const std::vector<double>& scale,
                      const std::vector<double>& bias) {
    Graph& body = *draft.body;
    const std::string name = graph[site.norm].name;
    const Fact fact = body.fact(x);
    const auto byColumn = [&](DType type, const std::vector<double>& values) {
        if (values.empty()) return ValueId();
        std::vector<int64_t> dims(fact.shape.size(), 1);
        dims.back() = static_cast<int64_t>(values.size());
        return draft.addInput(graph,
                              graph.addConstant(graph.uniqueName(name + ".column"), Tensor::of(type, dims, values)));
    };
    const NodeId factors = body.addNode(std::make_unique<ops::RowFactors>(site.epsilon, site.rms),
                                        {draft.addInput(graph, statistics)}, name + " (factors)");
    const ValueId mean = site.rms ? ValueId() : body[factors].outputs[0], factor = body[factors].outputs[1];
    std::vector<ValueId> inputs{x, mean, factor, site.rms ? ValueId() : byColumn(DType::F32, slope)};
    inputs.push_back(byColumn(fact.type, scale));
    inputs.push_back(byColumn(fact.type, bias));
    while (!inputs.back().valid()) inputs.pop_back();
    return body.add(std::make_unique<ops::NormalizeRows>(), inputs, name);
}

//! The constant by column, one of the draft's inputs, that is added to the product and nothing else reads.
std::optional<size_t> biasBehind(const Graph& graph, const RegionDraft& draft, ValueId product) {
    const Graph& body = *draft.body;
    const auto reader = onlyReader(body, product);
    if (!reader) return {};
    const auto* op = as<ops::ElementWise>(*body[*reader].op);
    if (!op || op->operation != ops::ElementWiseOperation::Sum) return {};
    const auto& in = body[*reader].inputs;
    const ValueId bias = in[0] == product ? in[1] : in[0];
    const auto at = std::find(body.inputs().begin(), body.inputs().end(), bias);
    if (at == body.inputs().end() || body[bias].uses.size() != 1) return {};
    const auto index = static_cast<size_t>(at - body.inputs().begin());
    const Dim& columns = body.fact(product).shape.back();
    return graph.isConstant(draft.inputs[index]) && isByColumn(graph, draft.inputs[index], columns)
               ? std::optional(index)
               : std::nullopt;
}

//! Whether the rows are a summand of the product with its bias, so that a summand of one is a summand of the other.
bool isAddedOnce(const Graph& body, ValueId rows) {
    const auto reader = onlyReader(body, rows);
    const auto* op = reader ? as<ops::ElementWise>(*body[*reader].op) : nullptr;
    if (!op || op->operation != ops::ElementWiseOperation::Sum) return false;
    const auto& in = body[*reader].inputs;
    const Node* sum = nullptr;
    const ValueId other = in[0] == rows ? in[1] : in[0];
    const auto* inner = producerAs<ops::ElementWise>(body, other, &sum);
    if (!inner || inner->operation != ops::ElementWiseOperation::Sum || !onlyReader(body, other)) return false;
    return std::any_of(sum->inputs.begin(), sum->inputs.end(),
                       [&](ValueId in) { return producerAs<ops::MatrixMultiply>(body, in); });
}

//! Adds the numbers to such a bias, after which there are none left.
void addToBias(Graph& graph, RegionDraft& draft, ValueId product, std::vector<double>& numbers) {
    if (numbers.empty()) return;
    const auto index = biasBehind(graph, draft, product);
    if (!index) return;
    const Tensor old = *graph.fact(draft.inputs[*index]).constant;
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] += old.get(static_cast<int64_t>(i));
    draft.inputs[*index] = graph.addConstant(graph.uniqueName(graph[draft.inputs[*index]].name + ".shifted"),
                                             Tensor::of(old.type(), old.dims(), numbers));
    numbers.clear();
}

//! Lets all readers of `old` but one node read `by`.
void replaceBut(Graph& body, ValueId old, ValueId by, NodeId but) {
    const std::vector<Use> uses = body[old].uses;
    for (const Use& use : uses) {
        if (use.node != but) body.setInput(use.node, use.input, by);
    }
    std::vector<ValueId> outputs = body.outputs();
    std::replace(outputs.begin(), outputs.end(), old, by);
    body.setOutputs(outputs);
}

std::vector<double> numbersOf(const Graph& graph, ValueId value) {
    return value.valid() ? graph.fact(value).constant->toDoubles() : std::vector<double>();
}

//! Weights of the product that reads input `input` of the draft as its rows; nothing when it is another operand.
std::optional<size_t> weightsOf(const Graph& graph, const RegionDraft& draft, size_t input) {
    const Graph& body = *draft.body;
    const ValueId rows = body.inputs()[input];
    if (body[rows].uses.size() != 1 || body.isOutput(rows)) return {};
    const Node& product = body[body[rows].uses[0].node];
    const auto* op = as<ops::MatrixMultiply>(*product.op);
    const bool isPlain = op && !op->quantized && op->a == ops::MatrixOperation::None &&
                         op->b != ops::MatrixOperation::Vector && product.inputs[0] == rows;
    if (!isPlain) return {};
    const auto at = std::find(body.inputs().begin(), body.inputs().end(), product.inputs[1]);
    if (at == body.inputs().end()) return {};
    const auto index = static_cast<size_t>(at - body.inputs().begin());
    const Fact& w = graph.fact(draft.inputs[index]);
    const bool single = w.constant && w.type == graph.fact(draft.inputs[input]).type &&
                        std::all_of(w.shape.begin(), w.shape.end() - 2, [](const Dim& d) { return d == Dim(1); });
    if (!single || !isWhole(body.fact(product.outputs[0]).shape.back())) return {};
    return index;
}

//! What the draft makes of the rows that come in at `input` as they are, where they came normalised; false when it
//! needs them normalised.
bool normalizeInside(Graph& graph, RegionDraft& draft, const Site& site, size_t input, ValueId statistics) {
    Graph& body = *draft.body;
    const ValueId rows = body.inputs()[input];
    std::vector<double> scale = numbersOf(graph, site.scale), bias = numbersOf(graph, site.bias);
    const auto weights = weightsOf(graph, draft, input);
    ValueId from = rows, to;
    if (weights) {
        const Node& product = body[body[rows].uses[0].node];
        const bool transposed = as<ops::MatrixMultiply>(*product.op)->b == ops::MatrixOperation::Transpose;
        from = product.outputs[0];
        auto folded = fold(*graph.fact(draft.inputs[*weights]).constant, transposed, scale, bias,
                           static_cast<size_t>(graph.fact(site.rows).shape.back().constant()));
        if (!folded) return false;
        draft.inputs[*weights] = graph.addConstant(graph.uniqueName(graph[draft.inputs[*weights]].name + ".scaled"),
                                                   std::move(folded->weights));
        addToBias(graph, draft, from, folded->biases);
        to = addNormalized(graph, draft, site, statistics, from, folded->sums, {}, folded->biases);
    } else {
        const auto& uses = body[rows].uses;
        const bool behind = std::all_of(uses.begin(), uses.end(), [&](const Use& use) {
            return body[use.node].op->opClass() == OpClass::Pointwise;
        });
        if (!behind) return false;
        if (isAddedOnce(body, rows)) addToBias(graph, draft, productIn(body)->outputs[0], bias);
        to = addNormalized(graph, draft, site, statistics, rows, {}, scale, bias);
    }
    replaceBut(body, from, to, body[to].producer);
    return true;
}

//! The reader without the normalisation; nothing when it needs it.
std::optional<NodeId> rewriteReader(Graph& graph, const Site& site, const Use& reader, ValueId statistics) {
    if (!productOf(graph, reader.node)) return {};
    const std::string metadata = graph[reader.node].options.metadata;
    RegionDraft draft(graph, reader.node);
    const auto input = static_cast<size_t>(reader.input);
    if (draft.body->isOutput(draft.body->inputs()[input])) return {};
    if (!normalizeInside(graph, draft, site, input, statistics)) return {};
    draft.inputs[input] = site.rows;
    return draft.build(graph, metadata);
}

//! Candidates that stand beside the nodes they would replace.
class Candidates {
public:
    explicit Candidates(Graph& graph) : graph_(graph) {}
    ~Candidates() {
        for (auto at = made_.rbegin(); at != made_.rend(); ++at) graph_.erase(at->second);
    }
    void add(NodeId old, NodeId made) { made_.emplace_back(old, made); }
    bool areFit(const Backend& backend) const {
        return std::all_of(made_.begin(), made_.end(), [&](const auto& m) { return backend.canRun(graph_, m.second); });
    }
    //! Consumers first: they stand at the end.
    void adopt() {
        for (auto at = made_.rbegin(); at != made_.rend(); ++at) {
            const std::vector<ValueId> old = graph_[at->first].outputs, made = graph_[at->second].outputs;
            for (size_t o = 0; o < old.size(); ++o) graph_.replaceUses(old[o], made[o]);
        }
        made_.clear();
    }

private:
    Graph& graph_;
    std::vector<std::pair<NodeId, NodeId>> made_;
};

bool rewrite(Graph& graph, const Site& site, PassContext& context) {
    Candidates candidates(graph);
    const NodeId producer = graph[site.rows].producer;
    ValueId statistics;
    if (graph[producer].outputs.size() > 1) return false;
    {
        const std::string metadata = graph[producer].options.metadata;
        RegionDraft draft(graph, producer);
        const ValueId made = draft.body->outputs()[0];
        draft.body->markOutput(
            draft.body->add(std::make_unique<ops::RowStatistics>(), {made}, graph[site.norm].name + " (statistics)"));
        const NodeId leaves = draft.build(graph, metadata);
        candidates.add(producer, leaves);
        statistics = graph[leaves].outputs[1];
        if (!candidates.areFit(context.backend)) return false;  // before weights are scaled for the readers
    }
    for (const Use& reader : site.readers) {
        const auto made = rewriteReader(graph, site, reader, statistics);
        if (!made) return false;
        candidates.add(reader.node, *made);
    }
    if (!candidates.areFit(context.backend) || !context.spend()) return false;
    candidates.adopt();
    return true;
}

}  // namespace

bool foldNorms(Graph& graph, PassContext& context) {
    if (!context.backend.keepsRowStatistics()) return false;
    bool changed = false;
    for (const NodeId id : graph.order()) {
        if (graph[id].dead) continue;
        const auto site = siteOf(graph, id);
        const std::string name = graph[id].name;
        if (site && rewrite(graph, *site, context)) {
            context.log.verbose("normalisation ", name, " joins the products around it");
            changed = true;
        } else if (joinNorm(graph, id, context)) {
            context.log.verbose("normalisation ", name, " joins the product before it");
            changed = true;
        }
        graph.removeDead();
    }
    return changed;
}

}  // namespace opentrt::passes
