// SPDX-License-Identifier: Apache-2.0
#include "graph/verify.h"

#include <unordered_set>

#include "base/error.h"
#include "graph/graph_access.h"
#include "graph/text_names.h"

namespace opentrt {
namespace {

template <class... Parts>
[[noreturn]] void broken(const Graph& graph, const Parts&... parts) {
    internalError(cat("graph '", graph.name, "' is broken: ", parts...));
}

bool exists(const Graph& graph, ValueId id) {
    return id.index < graph.valueCount();
}

void verifyNode(const Graph& graph, NodeId id) {
    const Node& node = graph[id];
    if (!node.op) broken(graph, "node ", id.index, " has no operator");
    const auto layer = layerName(node);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        const ValueId input = node.inputs[i];
        if (!input.valid()) continue;
        if (!exists(graph, input)) broken(graph, layer, " reads value ", input.index, ", which does not exist");
        if (!graph.isLive(input)) broken(graph, layer, " reads '", graph[input].name, "', which is dead");
        const auto& uses = graph[input].uses;
        int listed = 0;
        for (const Use& use : uses) listed += use.node == id && use.input == static_cast<int>(i);
        if (listed != 1)
            broken(graph, "'", graph[input].name, "' lists its use as input ", i, " of ", layer, " ", listed, " times");
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) {
        if (!node.outputs[i].valid() || !exists(graph, node.outputs[i]))
            broken(graph, layer, " has no value for output ", i);
        const Value& value = graph[node.outputs[i]];
        if (value.producer != id || value.output != static_cast<int>(i))
            broken(graph, "'", value.name, "' does not know that ", layer, " makes it");
    }
    if (!allowed(*node.op, graph.stage))
        broken(graph, layer, ": ", node.op->kind(), " must not occur in stage ", stageName(graph.stage));
}

void verifyValue(const Graph& graph, ValueId id) {
    const Value& value = graph[id];
    for (const Use& use : value.uses) {
        const bool known = use.node.valid() && use.node.index < graph.nodeCount() && !graph[use.node].dead;
        if (!known) broken(graph, "'", value.name, "' is used by node ", use.node.index, ", which is not there");
        const auto& inputs = graph[use.node].inputs;
        if (static_cast<size_t>(use.input) >= inputs.size() || inputs[static_cast<size_t>(use.input)] != id)
            broken(graph, "'", value.name, "' is listed as input ", use.input, " of ", layerName(graph[use.node]),
                   ", which reads something else");
    }
    const auto& constant = value.fact.constant;
    if (!constant) return;
    if (value.producer.valid()) broken(graph, "'", value.name, "' is a constant and an output of a node");
    if (constant->type() != value.fact.type || shapeOf(constant->dims()) != value.fact.shape)
        broken(graph, "'", value.name, "' holds ", name(constant->type()), constant->dims(), " but its fact says ",
               name(value.fact.type), str(value.fact.shape));
}

void verifyInterface(const Graph& graph) {
    std::unordered_set<std::string_view> names;
    const auto unique = [&](ValueId id, const char* what) {
        if (!id.valid() || !exists(graph, id) || !graph.isLive(id))
            broken(graph, what, " ", id.index, " is not a live value");
        const auto& valueName = graph[id].name;
        if (valueName.empty()) broken(graph, "an ", what, " has no name");
        if (!names.insert(valueName).second) broken(graph, "the name '", valueName, "' is that of two ", what, "s");
    };
    for (ValueId id : graph.inputs()) {
        unique(id, "input");
        if (graph[id].producer.valid()) broken(graph, "input '", graph[id].name, "' has a producer");
    }
    names.clear();
    for (ValueId id : graph.outputs()) unique(id, "output");
}

void verifyFacts(const Graph& graph) {
    Graph again = graph.clone();
    for (NodeId id : again.order()) {
        const auto& outputs = graph[id].outputs;
        if (!again.infer(id)) continue;
        for (ValueId output : outputs) {
            const Fact& before = graph.fact(output);
            const Fact& after = again.fact(output);
            if (sameFact(before, after)) continue;
            broken(graph, "'", graph[output].name, "' of ", layerName(graph[id]), " is said to be ", name(before.type),
                   str(before.shape), ", but inference gives ", name(after.type), str(after.shape),
                   before.elements == after.elements ? "" : " with other elements", "; infer again after an edit");
        }
    }
}

//! Ids, uses, names and stages of a graph and its bodies. Facts are compared from the top only, because inference of a
//! node with bodies infers these, too.
void verifyStructure(const Graph& graph, bool isBody) {
    for (int32_t i = 0; i < graph.valueCount(); ++i) verifyValue(graph, ValueId{i});
    for (int32_t i = 0; i < graph.nodeCount(); ++i)
        if (!graph[NodeId{i}].dead) verifyNode(graph, NodeId{i});
    if (!isBody) verifyInterface(graph);
    for (NodeId id : graph.order())
        for (const auto& body : graph[id].bodies) {
            if (body->stage != graph.stage) broken(graph, layerName(graph[id]), " has a body of another stage");
            verifyStructure(*body, true);
        }
}

}  // namespace

void verify(const Graph& graph) {
    verifyStructure(graph, false);
    verifyFacts(graph);
}

}  // namespace opentrt
