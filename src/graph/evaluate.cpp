// SPDX-License-Identifier: Apache-2.0
// Runs a graph node by node. It also holds inference to its word: every output must have the type and the dimensions
// that inference promised, with the symbols bound to what was seen so far. Tested by graph_test.cpp.
#include "graph/evaluate.h"

#include "base/error.h"
#include "graph/graph_access.h"

namespace opentrt {
namespace {

using Watch = std::function<void(NodeId, const std::vector<Tensor>&)>;

std::vector<Tensor> run(const Graph& graph, const std::vector<Tensor>& inputs, SymbolValues symbols,
                        const Watch& watch);
std::vector<Tensor> runNode(const Graph& graph, NodeId id, const std::vector<Tensor>& inputs, SymbolValues& symbols);

class NodeEvaluation : public EvalContext {
public:
    NodeEvaluation(const Graph& graph, NodeId id, const std::vector<Tensor>& inputs, const SymbolValues& symbols)
        : graph_(graph), node_(graph[id]), inputs_(inputs), symbols_(symbols) {
        pending_.resize(node_.outputs.size());
    }

    int inputCount() const override { return static_cast<int>(inputs_.size()); }
    bool has(int i) const override { return i >= 0 && i < inputCount() && !inputs_[static_cast<size_t>(i)].empty(); }
    const Tensor& input(int i) const override {
        if (!has(i)) internalError(cat(layerName(node_), " reads input ", i, ", which was left out"));
        return inputs_[static_cast<size_t>(i)];
    }
    int outputCount() const override { return static_cast<int>(node_.outputs.size()); }
    DType outputType(int i) const override { return graph_.fact(node_.outputs.at(static_cast<size_t>(i))).type; }
    void setOutput(int i, Tensor value) override { pending_.at(static_cast<size_t>(i)) = std::move(value); }
    std::vector<Tensor> runBody(int index, std::vector<Tensor> inputs) override {
        return run(*node_.bodies.at(static_cast<size_t>(index)), inputs, symbols_, {});
    }
    [[noreturn]] void fail(const std::string& message) const override {
        throw Error(ErrorCode::FailedExecution, layerName(node_), message);
    }

    std::vector<Tensor> take() { return std::move(pending_); }

private:
    const Graph& graph_;
    const Node& node_;
    const std::vector<Tensor>& inputs_;
    const SymbolValues& symbols_;
};

//! Symbols that stand alone in a shape or in the elements get their values from the tensor.
void bind(const Fact& fact, const Tensor& tensor, SymbolValues& symbols) {
    for (size_t axis = 0; axis < fact.shape.size() && axis < tensor.dims().size(); ++axis)
        if (fact.shape[axis].isSymbol()) symbols.emplace(fact.shape[axis].symbolName(), tensor.dims()[axis]);
    if (!fact.elements) return;
    for (size_t i = 0; i < fact.elements->size(); ++i)
        if ((*fact.elements)[i].isSymbol())
            symbols.emplace((*fact.elements)[i].symbolName(), tensor.getInt(static_cast<int64_t>(i)));
}

bool allKnown(const Dim& dim, const SymbolValues& symbols) {
    if (dim.isConstant()) return true;
    std::set<std::string> used;
    dim.collectSymbols(used);
    for (const auto& symbol : used)
        if (symbols.count(symbol) == 0) return false;
    return true;
}

//! Empty when the tensor is what the fact promises; symbols without a value promise nothing.
std::string mismatch(const Fact& fact, const Tensor& tensor, const SymbolValues& symbols) {
    const auto both = [&] {
        return cat("is ", name(tensor.type()), tensor.dims(), " instead of ", name(fact.type), str(fact.shape));
    };
    if (tensor.type() != fact.type || tensor.dims().size() != fact.shape.size()) return both();
    for (size_t axis = 0; axis < fact.shape.size(); ++axis)
        if (allKnown(fact.shape[axis], symbols) && fact.shape[axis].eval(symbols) != tensor.dims()[axis])
            return cat(both(), " on axis ", axis, ", which is ", fact.shape[axis].eval(symbols));
    if (!fact.elements) return {};
    for (size_t i = 0; i < fact.elements->size(); ++i) {
        const Dim& element = (*fact.elements)[i];
        const int64_t value = tensor.getInt(static_cast<int64_t>(i));
        if (allKnown(element, symbols) && element.eval(symbols) != value)
            return cat("has element ", i, " ", value, " instead of ", element.str(), ", which is ",
                       element.eval(symbols));
    }
    return {};
}

std::vector<Tensor> runNode(const Graph& graph, NodeId id, const std::vector<Tensor>& inputs, SymbolValues& symbols) {
    const Node& node = graph[id];
    NodeEvaluation evaluation(graph, id, inputs, symbols);
    try {
        node.op->eval(evaluation);
    } catch (const Error& error) {
        if (!error.layer().empty() || error.code() == ErrorCode::Internal) throw;
        throw Error(error.code(), layerName(node), error.what(), error.where());
    }
    auto outputs = evaluation.take();
    for (const auto& size : graph.dataSizes())
        for (size_t i = 0; i < outputs.size(); ++i)
            if (size.value == node.outputs[i] && static_cast<size_t>(size.axis) < outputs[i].dims().size())
                symbols[size.symbol] = outputs[i].dims()[static_cast<size_t>(size.axis)];
    for (size_t i = 0; i < outputs.size(); ++i) {
        if (outputs[i].empty()) internalError(cat(layerName(node), " did not compute output ", i));
        const auto problem = mismatch(graph.fact(node.outputs[i]), outputs[i], symbols);
        if (!problem.empty()) internalError(cat(layerName(node), ": output ", i, " ", problem));
    }
    return outputs;
}

void checkInputs(const Graph& graph, const std::vector<Tensor>& inputs, SymbolValues& symbols) {
    if (inputs.size() != graph.inputs().size())
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("the graph has ", graph.inputs().size(), " inputs, given are ", inputs.size()));
    for (size_t i = 0; i < inputs.size(); ++i) bind(graph.fact(graph.inputs()[i]), inputs[i], symbols);
    for (size_t i = 0; i < inputs.size(); ++i) {
        const Value& value = graph[graph.inputs()[i]];
        const auto problem = mismatch(value.fact, inputs[i], symbols);
        if (!problem.empty()) throw Error(ErrorCode::InvalidArgument, value.name, cat("the input ", problem));
    }
}

std::vector<Tensor> run(const Graph& graph, const std::vector<Tensor>& inputs, SymbolValues symbols,
                        const Watch& watch) {
    checkInputs(graph, inputs, symbols);
    std::vector<Tensor> tensors(static_cast<size_t>(graph.valueCount()));
    std::vector<size_t> readers(tensors.size(), 0);  // a tensor is dropped after its last reader
    for (size_t i = 0; i < tensors.size(); ++i) {
        const Value& value = graph[ValueId{static_cast<int32_t>(i)}];
        readers[i] = value.uses.size();
        if (value.fact.constant && !value.producer.valid()) tensors[i] = *value.fact.constant;
    }
    for (size_t i = 0; i < inputs.size(); ++i) tensors[static_cast<size_t>(graph.inputs()[i].index)] = inputs[i];
    for (ValueId output : graph.outputs()) ++readers[static_cast<size_t>(output.index)];

    for (NodeId id : graph.order()) {
        const Node& node = graph[id];
        std::vector<Tensor> arguments;
        for (ValueId input : node.inputs)
            arguments.push_back(input.valid() ? tensors[static_cast<size_t>(input.index)] : Tensor());
        auto results = runNode(graph, id, arguments, symbols);
        if (watch) watch(id, results);
        for (size_t i = 0; i < results.size(); ++i)
            if (readers[static_cast<size_t>(node.outputs[i].index)] > 0)
                tensors[static_cast<size_t>(node.outputs[i].index)] = std::move(results[i]);
        for (ValueId input : node.inputs)
            if (input.valid() && --readers[static_cast<size_t>(input.index)] == 0)
                tensors[static_cast<size_t>(input.index)] = Tensor();
    }
    std::vector<Tensor> outputs;
    for (ValueId output : graph.outputs()) outputs.push_back(tensors[static_cast<size_t>(output.index)]);
    return outputs;
}

}  // namespace

std::vector<Tensor> evaluate(const Graph& graph, const std::vector<Tensor>& inputs, const Watch& watch) {
    return run(graph, inputs, {}, watch);
}

std::vector<Tensor> evaluateNode(const Graph& graph, NodeId node, const std::vector<Tensor>& inputs) {
    SymbolValues symbols;
    const auto& values = graph[node].inputs;
    for (size_t i = 0; i < values.size() && i < inputs.size(); ++i)
        if (values[i].valid()) bind(graph.fact(values[i]), inputs[i], symbols);
    return runNode(graph, node, inputs, symbols);
}

}  // namespace opentrt
