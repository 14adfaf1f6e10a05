// SPDX-License-Identifier: Apache-2.0
// Constant folding by the operators' own eval, and constants out of shape arithmetic whose elements inference knows.
#include <algorithm>

#include "base/error.h"
#include "graph/evaluate.h"
#include "ops/dequantize.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

//! Folding must not blow a plan up: a larger result is folded only if it replaces at least as many constant bytes.
constexpr int64_t kAlwaysFoldBytes = 64 * 1024;

//! Kernels for products take constant weights.
bool isWeight(const Graph& graph, ValueId value) {
    const auto& uses = graph[value].uses;
    return std::any_of(uses.begin(), uses.end(), [&](const Use& use) {
        return use.input == 1 && graph[use.node].op->opClass() == OpClass::Contraction;
    });
}

//! Weights with scales for a backend that multiplies floats alone: numbers that would be made anew in each inference.
bool isForFloats(const Graph& graph, NodeId id, const PassContext& context) {
    return as<ops::Dequantize>(*graph[id].op) && !context.backend.computesInHalf() &&
           isWeight(graph, graph[id].outputs[0]);
}

//! Weights with scales, which stay narrow until the rules for products of such have looked at them (`quantized`).
bool staysNarrow(const Graph& graph, NodeId id, const PassContext& context) {
    return as<ops::Dequantize>(*graph[id].op) && graph.isConstant(graph[id].inputs[0]) &&
           scalesProducts(context.backend, graph.fact(graph[id].inputs[0]).type);
}

bool foldable(const Graph& graph, NodeId id) {
    const Node& node = graph[id];
    if (node.op->isRandom() || node.op->hasSideEffects() || !node.bodies.empty()) return false;
    int64_t in = 0, out = 0;
    for (ValueId v : node.inputs) {
        if (!v.valid()) continue;
        if (!graph.isConstant(v)) return false;
        in += graph.fact(v).constant->bytes();
    }
    for (ValueId v : node.outputs) {
        const Fact& fact = graph.fact(v);
        if (!isStatic(fact.shape)) return false;
        out += bytesFor(fact.type, volumeOf(staticDims(fact.shape)));
    }
    return out <= kAlwaysFoldBytes || out <= in;
}

void replaceByResults(Graph& graph, NodeId id) {
    std::vector<Tensor> inputs;
    for (ValueId v : graph[id].inputs) inputs.push_back(v.valid() ? *graph.fact(v).constant : Tensor());
    const std::vector<Tensor> results = evaluateNode(graph, id, inputs);
    const std::vector<ValueId> outputs = graph[id].outputs;
    for (size_t o = 0; o < outputs.size(); ++o) {
        graph.replaceUses(outputs[o], graph.addConstant(graph.uniqueName(graph[outputs[o]].name), results[o]));
    }
}

bool foldNode(Graph& graph, NodeId id) {
    if (!foldable(graph, id)) return false;
    replaceByResults(graph, id);
    return true;
}

//! A shape tensor whose elements are numbers by now.
bool foldElements(Graph& graph, ValueId value) {
    const Fact& fact = graph.fact(value);
    if (fact.constant || !fact.elements || graph[value].uses.empty() || !isStatic(fact.shape)) return false;
    for (const Dim& d : *fact.elements) {
        if (!d.isConstant()) return false;
    }
    Tensor tensor(fact.type, staticDims(fact.shape));
    for (size_t e = 0; e < fact.elements->size(); ++e) {
        tensor.setInt(static_cast<int64_t>(e), (*fact.elements)[e].constant());
    }
    graph.replaceUses(value, graph.addConstant(graph.uniqueName(graph[value].name), std::move(tensor)));
    return true;
}

}  // namespace

bool foldConstants(Graph& graph, PassContext& context) {
    bool changed = false;
    std::set<NodeId> stale;  // readers of what became a constant: more may be known of their results
    const auto readersOf = [&](const std::vector<ValueId>& values) {
        std::set<NodeId> readers;
        for (ValueId v : values) {
            for (const Use& use : graph[v].uses) readers.insert(use.node);
        }
        return readers;
    };
    bool spent = false;
    for (NodeId id : graph.order()) {
        const std::vector<ValueId> outputs = graph[id].outputs;
        std::set<NodeId> readers = readersOf(outputs);
        if (stale.count(id) && graph.infer(id)) stale.insert(readers.begin(), readers.end());
        if (spent || graph[id].op->hasSideEffects() || staysNarrow(graph, id, context)) continue;
        spent = !context.spend();
        if (spent) continue;
        bool folded = foldNode(graph, id);
        if (!folded) {
            for (ValueId out : outputs) folded = foldElements(graph, out) || folded;
        }
        if (folded) stale.merge(readers);
        changed = changed || folded;
    }
    return changed;
}

bool foldNarrow(Graph& graph, PassContext& context) {
    bool changed = false;
    for (NodeId id : graph.order()) {
        if (!staysNarrow(graph, id, context) && !isForFloats(graph, id, context)) continue;
        const auto& inputs = graph[id].inputs;
        const bool constant =
            std::all_of(inputs.begin(), inputs.end(), [&](ValueId v) { return !v.valid() || graph.isConstant(v); });
        if (!constant || (!isWeight(graph, graph[id].outputs[0]) && !foldable(graph, id))) continue;
        if (!context.spend()) return changed;
        replaceByResults(graph, id);
        changed = true;
    }
    return changed;
}

}  // namespace opentrt::passes
