// SPDX-License-Identifier: Apache-2.0
#include "passes/control/loop_parts.h"

#include "base/error.h"
#include "ops/identity.h"
#include "ops/loop.h"
#include "passes/control/node_copier.h"

namespace opentrt::passes {

namespace {

bool flagged(const std::vector<int64_t>& flags, size_t i) {
    return i < flags.size() && flags[i] != 0;
}

//! An operator's flags: none when all are 0.
std::vector<int64_t> orNone(std::vector<int64_t> flags) {
    for (const int64_t flag : flags) {
        if (flag != 0) return flags;
    }
    return {};
}

int64_t notNegative(int64_t axis, size_t rank) {
    return axis < 0 ? axis + static_cast<int64_t>(rank) : axis;
}

}  // namespace

LoopParts takeApart(const Graph& graph, NodeId id) {
    const Node& node = graph[id];
    const auto& op = *as<ops::Loop>(*node.op);
    LoopParts parts;
    parts.body = std::make_unique<Graph>(node.bodies[0]->clone());
    const std::vector<ValueId>&into = parts.body->inputs(), &results = parts.body->outputs();
    size_t input = 0, inside = 0, result = 0, output = 0;
    parts.count = node.inputs[input++];
    parts.start = node.inputs[input++];
    parts.iteration = into[inside++];
    if (op.conditional) parts.condition = results[result++];
    for (int64_t c = 0; c < op.carried; ++c) {
        parts.carried.push_back({node.inputs[input++], into[inside++], results[result++], node.outputs[output++]});
    }
    for (size_t k = 0; k < op.iteratorAxes.size(); ++k) {
        const ValueId whole = node.inputs[input++];
        const int64_t axis = notNegative(op.iteratorAxes[k], graph.fact(whole).shape.size());
        parts.iterators.push_back({whole, axis, flagged(op.iteratorReverse, k), into[inside++]});
    }
    for (size_t k = 0; k < op.scanAxes.size(); ++k) {
        const ValueId whole = node.outputs[output++];
        const int64_t axis = notNegative(op.scanAxes[k], graph.fact(whole).shape.size());
        parts.scans.push_back({node.inputs[input++], axis, flagged(op.scanReverse, k), results[result++], whole});
    }
    while (input < node.inputs.size()) parts.captured.push_back({node.inputs[input++], into[inside++]});
    parts.body->setOutputs({});
    return parts;
}

NodeId rebuild(Graph& graph, NodeId old, LoopParts parts) {
    ops::Loop op;
    std::vector<ValueId> inputs{parts.count, parts.start}, into{parts.iteration}, results, outputs;
    op.carried = static_cast<int64_t>(parts.carried.size());
    op.conditional = parts.condition.valid();
    if (op.conditional) results.push_back(parts.condition);
    for (const auto& carried : parts.carried) {
        inputs.push_back(carried.initial);
        into.push_back(carried.inside);
        results.push_back(carried.next);
        outputs.push_back(carried.last);
    }
    for (const auto& iterator : parts.iterators) {
        inputs.push_back(iterator.whole);
        into.push_back(iterator.inside);
        op.iteratorAxes.push_back(iterator.axis);
        op.iteratorReverse.push_back(iterator.reverse);
    }
    for (const auto& scan : parts.scans) {
        inputs.push_back(scan.length);
        results.push_back(scan.slice);
        outputs.push_back(scan.whole);
        op.scanAxes.push_back(scan.axis);
        op.scanReverse.push_back(scan.reverse);
    }
    for (const auto& captured : parts.captured) {
        inputs.push_back(captured.outside);
        into.push_back(captured.inside);
    }
    op.iteratorReverse = orNone(std::move(op.iteratorReverse));
    op.scanReverse = orNone(std::move(op.scanReverse));
    parts.body->setInputs(std::move(into));
    parts.body->setOutputs(std::move(results));
    parts.body->removeDead();
    std::vector<std::unique_ptr<Graph>> bodies;
    bodies.push_back(std::move(parts.body));
    const std::string name = graph[old].name;
    const NodeOptions options = graph[old].options;
    const NodeId made = graph.addNode(op.clone(), inputs, name, std::move(bodies), op.outputCount());
    graph[made].options = options;
    for (size_t o = 0; o < outputs.size(); ++o) {
        const ValueId result = graph[made].outputs[o];
        const std::string called = graph[outputs[o]].name;
        graph.replaceUses(outputs[o], result);
        graph[result].name = called;
    }
    for (const auto& [from, to] : parts.replaced) replaceResult(graph, from, to);
    graph.erase(old);
    return made;
}

void LoopParts::dropCarried(size_t index) {
    carried.erase(carried.begin() + static_cast<std::ptrdiff_t>(index));
}

void LoopParts::replaceInside(ValueId old, ValueId by) {
    const auto follow = [&](ValueId& id) {
        if (id == old) id = by;
    };
    for (const Use& use : std::vector<Use>((*body)[old].uses)) body->setInput(use.node, use.input, by);
    follow(condition);
    for (auto& part : carried) follow(part.next);
    for (auto& scan : scans) follow(scan.slice);
}

ValueId LoopParts::capture(const Graph& graph, ValueId outside) {
    for (const Captured& known : captured) {
        if (known.outside == outside) return known.inside;
    }
    const ValueId inside = body->addInput(body->uniqueName(graph[outside].name), graph.fact(outside));
    captured.push_back({outside, inside});
    return inside;
}

std::optional<Dim> integerIn(const Graph& graph, ValueId value) {
    if (!value.valid()) return std::nullopt;
    const Fact& fact = graph.fact(value);
    if (fact.constant) {
        if (isFloat(fact.type) || fact.constant->count() != 1) return std::nullopt;
        return Dim(fact.constant->getInt(0));
    }
    if (!fact.elements || fact.elements->size() != 1) return std::nullopt;
    return (*fact.elements)[0];
}

std::optional<Dim> tripsOf(const Graph& graph, const LoopParts& parts) {
    const auto count = integerIn(graph, parts.count);
    if (parts.start.valid()) {
        const auto start = integerIn(graph, parts.start);
        if (!start || !start->isConstant()) return std::nullopt;
        if (start->constant() == 0) return Dim(0);
    }
    if (!count) return std::nullopt;
    const bool counted = !parts.condition.valid();
    if (count->bounds(graph.ranges).min >= 0) return counted || *count == Dim(0) ? count : std::nullopt;
    const Dim trips = Dim::max(*count, 0);
    return counted || trips == Dim(0) ? std::optional(trips) : std::nullopt;
}

ValueId throughIdentities(const Graph& graph, ValueId value) {
    for (;;) {
        const NodeId producer = graph[value].producer;
        if (!producer.valid() || !as<ops::Identity>(*graph[producer].op)) return value;
        value = graph[producer].inputs[0];
    }
}

}  // namespace opentrt::passes
