// SPDX-License-Identifier: Apache-2.0
#include "graph/extract.h"

#include <algorithm>
#include <map>

#include "base/error.h"

namespace opentrt {

namespace {

bool staysConstant(const Graph& graph, ValueId value, int64_t keep) {
    return graph.isConstant(value) && graph.fact(value).constant->count() <= keep;
}

//! Only the symbols that the inputs mention: others would make equal nodes of two networks look different.
SymbolRanges rangesOf(const Graph& graph, const Node& node) {
    std::set<std::string> symbols;
    for (ValueId in : node.inputs) {
        if (!in.valid()) continue;
        for (const Dim& dim : graph.fact(in).shape) dim.collectSymbols(symbols);
        if (!graph.fact(in).elements) continue;
        for (const Dim& element : *graph.fact(in).elements) element.collectSymbols(symbols);
    }
    SymbolRanges ranges;
    for (const auto& symbol : symbols)
        if (const auto found = graph.ranges.find(symbol); found != graph.ranges.end()) ranges.insert(*found);
    return ranges;
}

}  // namespace

std::vector<int> extractedInputs(const Graph& graph, NodeId id, int64_t keepConstants) {
    std::vector<int> result;
    const Node& node = graph[id];
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        const ValueId in = node.inputs[i];
        const bool seen = std::find(node.inputs.begin(), node.inputs.begin() + static_cast<long>(i), in) !=
                          node.inputs.begin() + static_cast<long>(i);
        if (in.valid() && !seen && !staysConstant(graph, in, keepConstants)) result.push_back(static_cast<int>(i));
    }
    return result;
}

Graph extractNode(const Graph& graph, NodeId id, int64_t keepConstants) {
    const Node& node = graph[id];
    Graph result("node");
    result.stage = graph.stage;
    result.ranges = rangesOf(graph, node);
    std::vector<ValueId> inputs;
    std::map<ValueId, ValueId> made;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        const ValueId in = node.inputs[i];
        if (!in.valid()) {
            inputs.push_back(in);
            continue;
        }
        const auto [at, isNew] = made.try_emplace(in);
        if (!isNew) {
            inputs.push_back(at->second);
            continue;
        }
        const Fact& fact = graph.fact(in);
        const std::string name = cat("i", i);
        if (staysConstant(graph, in, keepConstants)) {
            inputs.push_back(result.addConstant(name, *fact.constant));
        } else {
            inputs.push_back(result.addInput(name, fact.type, fact.shape));
            result[inputs.back()].fact.elements = fact.elements;
        }
        at->second = inputs.back();
    }
    std::vector<std::unique_ptr<Graph>> bodies;
    for (const auto& body : node.bodies) bodies.push_back(std::make_unique<Graph>(body->clone()));
    const NodeId copy = result.addNode(node.op->clone(), std::move(inputs), node.name, std::move(bodies),
                                       static_cast<int>(node.outputs.size()));
    for (ValueId out : result[copy].outputs) result.markOutput(out);
    return result;
}

}  // namespace opentrt
