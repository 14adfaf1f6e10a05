// SPDX-License-Identifier: Apache-2.0
// Inference: what an operator is told about its node, and what becomes of its answers. Every error that leaves here
// names a layer.
#include <algorithm>

#include "base/error.h"
#include "graph/graph_access.h"
#include "graph/limits.h"

namespace opentrt {
namespace {

//! Contents are compared by address: equal contents at two places count as different, which costs a needless update at
//! most, while reading hundreds of megabytes would cost more.
bool sameConstant(const std::optional<Tensor>& a, const std::optional<Tensor>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return a->data() == b->data() && a->type() == b->type() && a->dims() == b->dims();
}

}  // namespace

void requireBounded(const Shape& shape, const std::string& owner) {
    if (shape.size() > kMaxRank) {
        throw Error(ErrorCode::InvalidArgument, owner,
                    cat("a shape has ", shape.size(), " dimensions; at most ", kMaxRank, " are possible"));
    }
    int64_t count = 1;
    for (const Dim& d : shape) {
        if (!d.isConstant()) continue;
        const int64_t size = d.constant();
        if (size < 0) {
            throw Error(ErrorCode::InvalidArgument, owner, cat("a shape of ", str(shape), " has a negative dimension"));
        }
        if (size > kMostElements / count) {
            throw Error(ErrorCode::InvalidArgument, owner,
                        cat("a shape of ", str(shape), " has more than 2^31-1 elements"));
        }
        count *= std::max<int64_t>(size, 1);
    }
}

namespace {

class NodeInference : public InferContext {
public:
    NodeInference(Graph& graph, NodeId id) : graph_(graph), node_(graph[id]), facts_(node_.outputs.size()) {}

    int inputCount() const override { return static_cast<int>(node_.inputs.size()); }
    bool has(int i) const override {
        return i >= 0 && i < inputCount() && node_.inputs[static_cast<size_t>(i)].valid();
    }
    const Fact& input(int i) const override {
        if (!has(i)) internalError(cat(layerName(node_), " reads input ", i, ", which was left out"));
        return graph_[node_.inputs[static_cast<size_t>(i)]].fact;
    }
    int outputCount() const override { return static_cast<int>(node_.outputs.size()); }

    void output(int i, DType type, Shape shape) override {
        requireBounded(shape, layerName(node_));
        facts_.at(static_cast<size_t>(i)) = Fact{type, std::move(shape), {}, {}};
    }
    void outputElements(int i, std::vector<Dim> elements) override {
        auto& fact = facts_.at(static_cast<size_t>(i));
        check(fact.has_value(), "outputElements before output");
        if (!(volume(fact->shape) == Dim(static_cast<int64_t>(elements.size()))))
            internalError(cat(layerName(node_), " gives ", elements.size(), " elements to an output of shape ",
                              str(fact->shape)));
        fact->elements = std::move(elements);
    }

    Dim dataDependentSize(int i, int axis, const Dim& upperBound) override {
        const ValueId value = node_.outputs.at(static_cast<size_t>(i));
        auto& sizes = GraphAccess::dataSizes(graph_);
        auto found = std::find_if(sizes.begin(), sizes.end(),
                                  [&](const DataSize& size) { return size.value == value && size.axis == axis; });
        if (found == sizes.end()) {
            sizes.push_back({value, axis, newSymbol(value, axis), upperBound});
            found = sizes.end() - 1;
        }
        found->upperBound = upperBound;
        graph_.ranges[found->symbol] = {0, std::max<int64_t>(upperBound.bounds(graph_.ranges).max, 0)};
        return Dim::symbol(found->symbol);
    }

    const Graph& body(int i) const override { return *node_.bodies.at(static_cast<size_t>(i)); }
    int bodyCount() const override { return static_cast<int>(node_.bodies.size()); }
    std::vector<Fact> inferBody(int index, const std::vector<Fact>& inputs) override;

    [[noreturn]] void fail(const std::string& message) const override {
        throw Error(ErrorCode::InvalidArgument, layerName(node_), message);
    }

    void run() {
        const OpInfo& info = node_.op->info();
        if (inputCount() < info.minInputs || (info.maxInputs >= 0 && inputCount() > info.maxInputs)) {
            const std::string most = info.maxInputs < 0 ? "any number" : std::to_string(info.maxInputs);
            fail(cat(info.kind, " takes ", info.minInputs, " to ", most, " inputs, not ", inputCount()));
        }
        node_.op->infer(*this);
        for (size_t i = 0; i < facts_.size(); ++i)
            if (!facts_[i]) internalError(cat(layerName(node_), " did not infer output ", i));
    }

    bool store() {
        bool changed = false;
        for (size_t i = 0; i < facts_.size(); ++i) {
            Fact& fact = graph_[node_.outputs[i]].fact;
            if (sameFact(fact, *facts_[i])) continue;
            fact = std::move(*facts_[i]);
            changed = true;
        }
        return changed;
    }

private:
    std::string scopedName(ValueId value) const { return GraphAccess::scope(graph_) + symbolStem(graph_[value].name); }

    std::string newSymbol(ValueId value, int axis) const {
        const std::string stem = cat("$", scopedName(value), ".", axis);
        std::string symbol = stem;
        for (int i = 2; graph_.ranges.count(symbol) > 0 || graph_.ownsSymbol(symbol); ++i) symbol = cat(stem, "_", i);
        return symbol;
    }

    Graph& graph_;
    Node& node_;
    std::vector<std::optional<Fact>> facts_;
};

std::vector<Fact> NodeInference::inferBody(int index, const std::vector<Fact>& inputs) {
    Graph& body = *node_.bodies.at(static_cast<size_t>(index));
    const auto& into = body.inputs();
    if (into.size() != inputs.size())
        fail(cat("body ", index, " has ", into.size(), " inputs, but ", inputs.size(), " values are passed to it"));
    for (size_t i = 0; i < into.size(); ++i) body[into[i]].fact = inputs[i];

    // The body sees the symbols around it. One of its own that was named before it was put here may clash with them.
    auto& own = GraphAccess::dataSizes(body);
    own.erase(std::remove_if(own.begin(), own.end(),
                             [&](const DataSize& size) { return graph_.ranges.count(size.symbol) > 0; }),
              own.end());
    body.ranges = graph_.ranges;
    body.stage = graph_.stage;
    if (!node_.outputs.empty()) GraphAccess::scope(body) = cat(scopedName(node_.outputs[0]), ".", index, ".");
    body.inferAll();

    std::vector<Fact> results;
    for (ValueId output : body.outputs()) results.push_back(body.fact(output));
    return results;
}

}  // namespace

bool sameFact(const Fact& a, const Fact& b) {
    return a.type == b.type && a.shape == b.shape && a.elements == b.elements && sameConstant(a.constant, b.constant);
}

void GraphAccess::nameDataSize(Graph& graph, ValueId value, int axis, std::string symbol) {
    graph.dataSizes_.push_back({value, axis, std::move(symbol), Dim(-1)});
}

bool Graph::infer(NodeId id) {
    NodeInference inference(*this, id);
    try {
        inference.run();
    } catch (const Error& error) {
        if (!error.layer().empty() || error.code() == ErrorCode::Internal) throw;
        throw Error(error.code(), layerName((*this)[id]), error.what(), error.where());
    }
    return inference.store();
}

void Graph::inferAll() {
    for (NodeId id : order()) infer(id);
}

}  // namespace opentrt
