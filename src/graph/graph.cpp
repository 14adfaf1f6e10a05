// SPDX-License-Identifier: Apache-2.0
// Construction, access and order; editing is in graph_edit.cpp, inference in graph_infer.cpp. Tested by graph_test.cpp.
#include "graph/graph.h"

#include <algorithm>
#include <queue>

#include "base/error.h"
#include "base/scanner.h"
#include "graph/graph_access.h"
#include "graph/limits.h"
#include "graph/text.h"

namespace opentrt {

std::string layerName(const Node& node) {
    return node.name.empty() ? cat("unnamed ", node.op->kind()) : node.name;
}

std::string symbolStem(std::string_view name) {
    std::string stem(name);
    for (char& c : stem)
        if (!isNameChar(c)) c = '_';
    return stem;
}

std::vector<Dim> shapeInputElements(std::string_view name, size_t count) {
    std::string stem = symbolStem(name);
    if (!isName(stem)) stem.insert(0, "_");
    std::vector<Dim> elements;
    for (size_t i = 0; i < count; ++i) elements.push_back(Dim::symbol(cat(stem, "#", i)));
    return elements;
}

Graph Graph::clone() const {
    Graph copy(name);
    copy.stage = stage;
    copy.ranges = ranges;
    copy.values_ = values_;
    copy.inputs_ = inputs_;
    copy.outputs_ = outputs_;
    copy.dataSizes_ = dataSizes_;
    copy.scope_ = scope_;
    for (const Node& node : nodes_) {
        Node twin;
        twin.name = node.name;
        twin.op = node.op->clone();
        twin.inputs = node.inputs;
        twin.outputs = node.outputs;
        for (const auto& body : node.bodies) twin.bodies.push_back(std::make_unique<Graph>(body->clone()));
        twin.options = node.options;
        twin.dead = node.dead;
        copy.nodes_.push_back(std::move(twin));
    }
    return copy;
}

ValueId Graph::newValue(std::string valueName, NodeId producer, int output) {
    Value value;
    value.name = std::move(valueName);
    value.producer = producer;
    value.output = output;
    values_.push_back(std::move(value));
    return ValueId{static_cast<int32_t>(values_.size()) - 1};
}

ValueId Graph::addInput(std::string inputName, Fact fact) {
    requireBounded(fact.shape, inputName);
    const ValueId id = newValue(std::move(inputName), NodeId{}, 0);
    (*this)[id].fact = std::move(fact);
    inputs_.push_back(id);
    return id;
}

ValueId Graph::addInput(std::string inputName, DType type, Shape shape) {
    return addInput(std::move(inputName), Fact{type, std::move(shape), {}, {}});
}

ValueId Graph::addShapeInput(std::string inputName, DType type, Shape shape) {
    constexpr int64_t limit = 1024;
    const Dim count = volume(shape);
    if (isFloat(type) || !count.isConstant() || count.constant() < 0 || count.constant() > limit)
        throw Error(ErrorCode::InvalidArgument, inputName,
                    cat("a shape tensor has a fixed number of at most ", limit, " integers, not ", opentrt::name(type),
                        opentrt::str(shape)));
    const auto size = static_cast<size_t>(count.constant());
    std::string stem = inputName;
    auto elements = shapeInputElements(stem, size);
    const auto taken = [&] {
        return std::any_of(inputs_.begin(), inputs_.end(), [&](ValueId other) {
            const auto& others = fact(other).elements;
            return others && !others->empty() && !elements.empty() && others->front() == elements.front();
        });
    };
    for (; taken(); elements = shapeInputElements(stem, size)) stem += '_';
    return addInput(std::move(inputName), Fact{type, std::move(shape), {}, std::move(elements)});
}

ValueId Graph::addConstant(std::string constantName, Tensor value) {
    check(!value.empty(), "constant without data");
    requireBounded(shapeOf(value.dims()), constantName);
    const ValueId id = newValue(std::move(constantName), NodeId{}, 0);
    Fact& fact = (*this)[id].fact;
    fact.type = value.type();
    fact.shape = shapeOf(value.dims());
    fact.constant = std::move(value);
    return id;
}

NodeId GraphAccess::addBare(Graph& graph, std::unique_ptr<Op> op, std::vector<ValueId> inputs, std::string name,
                            std::vector<std::unique_ptr<Graph>> bodies, int outputs) {
    check(op != nullptr, "node without operator");
    for (ValueId input : inputs)
        if (input.index >= graph.valueCount())
            internalError(cat("input ", input.index, " of ", name, " does not exist"));
    const int fixed = op->info().outputs;
    const int count = fixed >= 0 ? fixed : outputs;
    if (count < 0 || (fixed >= 0 && outputs >= 0 && outputs != fixed))
        throw Error(ErrorCode::InvalidArgument, name,
                    cat(op->kind(), " has ", fixed >= 0 ? std::to_string(fixed) : "a free number of",
                        " outputs, asked for are ", outputs));
    const NodeId id{graph.nodeCount()};
    Node node;
    node.name = std::move(name);
    node.op = std::move(op);
    node.inputs = std::move(inputs);
    node.bodies = std::move(bodies);
    for (int i = 0; i < count; ++i)
        node.outputs.push_back(graph.newValue(count == 1 ? node.name : cat(node.name, ":", i), id, i));
    graph.nodes_.push_back(std::move(node));
    graph.addUses(id);
    return id;
}

NodeId Graph::addNode(std::unique_ptr<Op> op, std::vector<ValueId> inputs, std::string nodeName,
                      std::vector<std::unique_ptr<Graph>> bodies, int outputs) {
    const NodeId id =
        GraphAccess::addBare(*this, std::move(op), std::move(inputs), std::move(nodeName), std::move(bodies), outputs);
    try {
        infer(id);
    } catch (...) {
        dropUses(id);
        for (ValueId output : (*this)[id].outputs) forgetDataSizes(output);
        values_.resize(values_.size() - (*this)[id].outputs.size());
        nodes_.pop_back();
        throw;
    }
    return id;
}

ValueId Graph::add(std::unique_ptr<Op> op, std::vector<ValueId> inputs, std::string nodeName) {
    const NodeId id = addNode(std::move(op), std::move(inputs), std::move(nodeName));
    check((*this)[id].outputs.size() == 1, "Graph::add is for operators with one output");
    return (*this)[id].outputs[0];
}

bool Graph::isInput(ValueId id) const {
    return std::find(inputs_.begin(), inputs_.end(), id) != inputs_.end();
}
bool Graph::isOutput(ValueId id) const {
    return std::find(outputs_.begin(), outputs_.end(), id) != outputs_.end();
}

bool Graph::isLive(ValueId id) const {
    const Value& value = (*this)[id];
    if (value.producer.valid()) return !(*this)[value.producer].dead;
    return value.fact.constant.has_value() || isInput(id);
}

bool Graph::ownsSymbol(std::string_view symbol) const {
    return std::any_of(dataSizes_.begin(), dataSizes_.end(),
                       [&](const DataSize& size) { return size.symbol == symbol; });
}

std::optional<ValueId> Graph::findValue(std::string_view wanted) const {
    for (int32_t i = 0; i < valueCount(); ++i)
        if (values_[static_cast<size_t>(i)].name == wanted && isLive(ValueId{i})) return ValueId{i};
    return std::nullopt;
}

std::string Graph::uniqueName(std::string_view stem) const {
    // Comparing is cheaper than collecting the names: nearly every stem is free.
    const auto named = [](std::string_view name) { return [name](const auto& item) { return item.name == name; }; };
    const auto taken = [&](std::string_view name) {
        return std::any_of(values_.begin(), values_.end(), named(name)) ||
               std::any_of(nodes_.begin(), nodes_.end(), named(name));
    };
    std::string candidate(stem);
    for (int i = 1; candidate.empty() || taken(candidate); ++i) candidate = cat(stem, "_", i);
    return candidate;
}

std::string Graph::str() const {
    return print(*this);
}

std::vector<NodeId> Graph::order() const {
    std::vector<int32_t> waiting(nodes_.size(), 0);
    std::priority_queue<int32_t, std::vector<int32_t>, std::greater<>> ready;
    size_t live = 0;
    for (size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].dead) continue;
        ++live;
        for (ValueId input : nodes_[i].inputs) waiting[i] += input.valid() && (*this)[input].producer.valid();
        if (waiting[i] == 0) ready.push(static_cast<int32_t>(i));
    }
    std::vector<NodeId> sorted;
    sorted.reserve(live);
    while (!ready.empty()) {
        const NodeId id{ready.top()};
        ready.pop();
        sorted.push_back(id);
        for (ValueId output : (*this)[id].outputs)
            for (const Use& use : (*this)[output].uses)
                if (--waiting[static_cast<size_t>(use.node.index)] == 0) ready.push(use.node.index);
    }
    if (sorted.size() == live) return sorted;

    // Something waits for ever: going back along what it waits for must come to a cycle.
    std::vector<bool> seen(nodes_.size());
    auto at = static_cast<size_t>(std::find_if(waiting.begin(), waiting.end(), [](int32_t n) { return n > 0; }) -
                                  waiting.begin());
    while (!seen[at]) {
        seen[at] = true;
        for (ValueId input : nodes_[at].inputs) {
            const NodeId from = input.valid() ? (*this)[input].producer : NodeId{};
            if (!from.valid() || waiting[static_cast<size_t>(from.index)] <= 0) continue;
            at = static_cast<size_t>(from.index);
            break;
        }
    }
    throw Error(ErrorCode::InvalidArgument, layerName(nodes_[at]), "the layer depends on its own output");
}

}  // namespace opentrt
