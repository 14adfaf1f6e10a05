// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/error.h"
#include "graph/graph_access.h"

namespace opentrt {

void Graph::addUses(NodeId id) {
    const auto& inputs = (*this)[id].inputs;
    for (size_t i = 0; i < inputs.size(); ++i)
        if (inputs[i].valid()) (*this)[inputs[i]].uses.push_back({id, static_cast<int>(i)});
}

void Graph::dropUses(NodeId id) {
    for (ValueId input : (*this)[id].inputs) {
        if (!input.valid()) continue;
        auto& uses = (*this)[input].uses;
        uses.erase(std::remove_if(uses.begin(), uses.end(), [&](const Use& use) { return use.node == id; }),
                   uses.end());
    }
}

void Graph::forgetDataSizes(ValueId value) {
    for (const auto& size : dataSizes_)
        if (size.value == value) ranges.erase(size.symbol);
    dataSizes_.erase(
        std::remove_if(dataSizes_.begin(), dataSizes_.end(), [&](const DataSize& size) { return size.value == value; }),
        dataSizes_.end());
}

void Graph::unmarkOutput(ValueId value) {
    outputs_.erase(std::remove(outputs_.begin(), outputs_.end(), value), outputs_.end());
}

void Graph::removeInput(ValueId value) {
    if (!(*this)[value].uses.empty()) internalError(cat("input ", (*this)[value].name, " is removed but still used"));
    inputs_.erase(std::remove(inputs_.begin(), inputs_.end(), value), inputs_.end());
}

void Graph::setInput(NodeId node, int input, ValueId value) {
    ValueId& slot = (*this)[node].inputs.at(static_cast<size_t>(input));
    if (slot == value) return;
    if (slot.valid()) {
        auto& uses = (*this)[slot].uses;
        uses.erase(std::find_if(uses.begin(), uses.end(),
                                [&](const Use& use) { return use.node == node && use.input == input; }));
    }
    slot = value;
    if (value.valid()) (*this)[value].uses.push_back({node, input});
}

void Graph::replaceUses(ValueId old, ValueId by) {
    if (old == by) return;
    auto uses = std::move((*this)[old].uses);
    (*this)[old].uses.clear();
    for (const Use& use : uses) {
        (*this)[use.node].inputs[static_cast<size_t>(use.input)] = by;
        (*this)[by].uses.push_back(use);
    }
    if (!isOutput(old) || isOutput(by) || isInput(by)) return;
    std::replace(outputs_.begin(), outputs_.end(), old, by);
    std::swap((*this)[old].name, (*this)[by].name);
}

void Graph::erase(NodeId id) {
    Node& node = (*this)[id];
    if (node.dead) return;
    for (ValueId output : node.outputs)
        if (!(*this)[output].uses.empty() || isOutput(output))
            internalError(cat(layerName(node), " is erased but its output ", (*this)[output].name, " is needed"));
    dropUses(id);
    for (ValueId output : node.outputs) {
        forgetDataSizes(output);
        (*this)[output].fact = Fact{};
    }
    node.inputs.clear();
    node.bodies.clear();
    node.dead = true;
}

bool actsOnTheWorld(const Node& node) {
    if (node.op->hasSideEffects()) return true;
    for (const auto& body : node.bodies)
        for (int32_t i = 0; i < body->nodeCount(); ++i) {
            const Node& inner = (*body)[NodeId{i}];
            if (!inner.dead && actsOnTheWorld(inner)) return true;
        }
    return false;
}

bool Graph::removeDead() {
    std::vector<bool> needed(nodes_.size());
    std::vector<NodeId> work;
    const auto need = [&](NodeId id) {
        if (!id.valid() || needed[static_cast<size_t>(id.index)]) return;
        needed[static_cast<size_t>(id.index)] = true;
        work.push_back(id);
    };
    for (ValueId output : outputs_) need((*this)[output].producer);
    for (int32_t i = 0; i < nodeCount(); ++i)
        if (!(*this)[NodeId{i}].dead && actsOnTheWorld((*this)[NodeId{i}])) need(NodeId{i});
    while (!work.empty()) {
        const NodeId id = work.back();
        work.pop_back();
        for (ValueId input : (*this)[id].inputs)
            if (input.valid()) need((*this)[input].producer);
    }

    bool changed = false;
    std::vector<NodeId> doomed;
    for (NodeId id : order()) {
        if (!needed[static_cast<size_t>(id.index)]) doomed.push_back(id);
        for (const auto& body : (*this)[id].bodies) changed |= body->removeDead();
    }
    for (size_t i = doomed.size(); i-- > 0;) erase(doomed[i]);  // users go before producers
    changed |= !doomed.empty();
    for (int32_t i = 0; i < valueCount(); ++i) {
        Value& value = values_[static_cast<size_t>(i)];
        const bool idle = value.fact.constant && !value.producer.valid() && value.uses.empty();
        if (!idle || isInput(ValueId{i}) || isOutput(ValueId{i})) continue;
        value.fact = Fact{};
        changed = true;
    }
    return changed;
}

}  // namespace opentrt
