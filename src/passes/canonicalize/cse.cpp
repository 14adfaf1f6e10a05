// SPDX-License-Identifier: Apache-2.0
// Common subexpressions: of two nodes with the same operator and inputs the later one goes. Small equal constants are
// one.
#include <map>

#include "base/hash.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

constexpr int64_t kComparedBytes = 4096;

bool mergeConstants(Graph& graph, PassContext& context) {
    std::map<uint64_t, std::vector<ValueId>> byContent;
    bool changed = false;
    for (int32_t i = 0; i < graph.valueCount(); ++i) {
        const ValueId v{i};
        const Fact& fact = graph.fact(v);
        if (!fact.constant || graph[v].uses.empty() || fact.constant->bytes() > kComparedBytes) continue;
        if (graph.isOutput(v)) continue;
        const Tensor& t = *fact.constant;
        const uint64_t hash = hashBytes(t.data(), static_cast<size_t>(t.bytes()), static_cast<uint64_t>(t.type()));
        bool merged = false;
        for (ValueId other : byContent[hash]) {
            if (!graph.fact(other).constant->sameBits(t) || !context.spend()) continue;
            graph.replaceUses(v, other);
            merged = changed = true;
            break;
        }
        if (!merged) byContent[hash].push_back(v);
    }
    return changed;
}

}  // namespace

bool mergeCommon(Graph& graph, PassContext& context) {
    bool changed = mergeConstants(graph, context);
    std::map<std::string, NodeId> seen;
    bool renamed = false;  // a size that only the data tell is now that of the node that stays
    for (NodeId id : graph.order()) {
        const Node& node = graph[id];
        if (node.op->hasSideEffects() || node.op->isRandom() || !node.bodies.empty()) continue;
        std::string key = str(*node.op);
        for (ValueId in : node.inputs) key += cat(" ", in.index);
        const auto [at, isNew] = seen.try_emplace(std::move(key), id);
        if (isNew) continue;
        const Node& first = graph[at->second];
        bool free = true;
        for (ValueId out : node.outputs) free = free && !graph.isOutput(out);
        if (!free || first.outputs.size() != node.outputs.size() || !context.spend()) continue;
        const std::vector<ValueId> outputs = node.outputs;
        for (size_t o = 0; o < outputs.size(); ++o) {
            const ValueId kept = graph[at->second].outputs[o];
            renamed = renamed || graph.fact(kept).shape != graph.fact(outputs[o]).shape;
            graph.replaceUses(outputs[o], kept);
        }
        changed = true;
    }
    if (renamed) graph.inferAll();
    return changed;
}

}  // namespace opentrt::passes
