// SPDX-License-Identifier: Apache-2.0
#include "passes/control/node_copier.h"

#include "base/error.h"
#include "ops/identity.h"

namespace opentrt::passes {

ValueId NodeCopier::operator()(ValueId from) {
    if (!from.valid()) return from;
    const auto [at, isNew] = values_.try_emplace(from);
    if (!isNew) return at->second;
    const Value& value = from_[from];
    check(value.fact.constant && !value.producer.valid(), "a copied node reads a value that was not copied");
    return at->second = to_.addConstant(to_.uniqueName(value.name), *value.fact.constant);
}

NodeId NodeCopier::copy(NodeId id, const std::string& suffix) {
    const Node& node = from_[id];
    std::vector<ValueId> inputs;
    for (const ValueId in : node.inputs) inputs.push_back((*this)(in));
    std::vector<std::unique_ptr<Graph>> bodies;
    for (const auto& body : node.bodies) bodies.push_back(std::make_unique<Graph>(body->clone()));
    const NodeOptions options = node.options;
    const std::vector<ValueId> outputs = node.outputs;
    const NodeId made = to_.addNode(node.op->clone(), std::move(inputs), node.name + suffix, std::move(bodies),
                                    static_cast<int>(outputs.size()));
    to_[made].options = options;
    for (size_t o = 0; o < outputs.size(); ++o) values_[outputs[o]] = to_[made].outputs[o];
    return made;
}

std::vector<ValueId> NodeCopier::copyAll(const std::vector<ValueId>& inputs, const std::string& suffix) {
    check(inputs.size() == from_.inputs().size(), "a body is copied with another number of inputs than it has");
    for (size_t i = 0; i < inputs.size(); ++i) map(from_.inputs()[i], inputs[i]);
    for (const NodeId node : from_.order()) copy(node, suffix);
    std::vector<ValueId> outputs;
    for (const ValueId out : from_.outputs()) outputs.push_back((*this)(out));
    return outputs;
}

void replaceResult(Graph& graph, ValueId old, ValueId by) {
    if (graph.isOutput(old) && (graph.isInput(by) || graph.isOutput(by) || graph.isConstant(by))) {
        by = graph.add(std::make_unique<ops::Identity>(), {by}, graph.uniqueName(graph[old].name));
    }
    graph.replaceUses(old, by);
}

}  // namespace opentrt::passes
