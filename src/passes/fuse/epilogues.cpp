// SPDX-License-Identifier: Apache-2.0
// A contraction takes the pointwise operators behind it into one region, as many as the backend can run, and where the
// backend can, as in front of a network, those that make what it reads, and the pooling that reads what it makes, or as
// behind one, the mean with an operator that reads it, or the dequantize that makes its weights. The running value must
// have no other reader, except in x * gate(x), where both readers join. Where the backend multiplies narrow numbers, a
// dequantize that an operator of the chain alone reads joins with it: residuals are read narrow; and a chain ends where
// its value has become narrow.
#include "base/error.h"
#include "ops/dequantize.h"
#include "ops/pooling.h"
#include "ops/reduce.h"
#include "passes/fuse/region_builder.h"
#include "passes/match.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

constexpr size_t kLongestChain = 12;

bool joins(const Graph& graph, NodeId id, const Shape& shape) {
    const Node& node = graph[id];
    return node.op->opClass() == OpClass::Pointwise && node.outputs.size() == 1 &&
           graph.fact(node.outputs[0]).shape == shape && !node.op->hasSideEffects();
}

//! The nodes that read `value` next: one, or gate and product. Empty when the chain ends here.
std::vector<NodeId> nextOf(const Graph& graph, ValueId value, const Shape& shape) {
    if (graph.isOutput(value)) return {};
    const auto& uses = graph[value].uses;
    if (uses.size() == 1) {
        return joins(graph, uses[0].node, shape) ? std::vector<NodeId>{uses[0].node} : std::vector<NodeId>();
    }
    if (uses.size() != 2) return {};
    for (const auto& [gate, product] : {std::pair(uses[0].node, uses[1].node), std::pair(uses[1].node, uses[0].node)}) {
        if (!joins(graph, gate, shape) || !joins(graph, product, shape) || gate == product) continue;
        const ValueId gated = graph[gate].outputs[0];
        if (graph[gate].inputs.size() != 1 || graph.isOutput(gated) || graph[gated].uses.size() != 1) continue;
        if (graph[gated].uses[0].node == product) return {gate, product};
    }
    return {};
}

//! Prefix lengths of the chain at which the running value alone is alive.
struct Chain {
    std::vector<NodeId> members;
    std::vector<size_t> stops;
};

//! Dequantizes that `reader` alone reads beside the running value.
std::vector<NodeId> dequantizesOf(const Graph& graph, NodeId reader, ValueId running, const PassContext& context) {
    std::vector<NodeId> found;
    for (const ValueId in : graph[reader].inputs) {
        if (!in.valid() || in == running) continue;
        const NodeId producer = graph[in].producer;
        if (!producer.valid() || !as<ops::Dequantize>(*graph[producer].op) || graph.isOutput(in)) continue;
        const ValueId narrow = graph[producer].inputs[0];
        const bool own = graph[in].uses.size() == 1 && graph.fact(narrow).shape == graph.fact(running).shape;
        if (own && context.backend.multipliesQuantized(graph.fact(narrow).type)) found.push_back(producer);
    }
    return found;
}

Chain chainOf(const Graph& graph, NodeId anchor, const PassContext& context) {
    Chain chain{{anchor}, {}};
    ValueId value = graph[anchor].outputs[0];
    const Shape shape = graph.fact(value).shape;
    while (chain.members.size() < kLongestChain) {
        const std::vector<NodeId> next = nextOf(graph, value, shape);
        if (next.empty()) break;
        const std::vector<NodeId> operands = dequantizesOf(graph, next[0], value, context);
        chain.members.insert(chain.members.end(), operands.begin(), operands.end());
        chain.members.insert(chain.members.end(), next.begin(), next.end());
        chain.stops.push_back(chain.members.size());
        value = graph[next.back()].outputs[0];
        if (context.backend.multipliesQuantized(graph.fact(value).type)) break;
    }
    return chain;
}

//! Pointwise operators with numbers, of which the anchor alone reads the last one, in execution order.
std::vector<NodeId> frontOf(const Graph& graph, NodeId anchor) {
    constexpr size_t kLongestFront = 6;
    std::vector<NodeId> front;
    ValueId value = graph[anchor].inputs[0];
    const Shape& shape = graph.fact(value).shape;
    while (front.size() < kLongestFront && onlyReader(graph, value)) {
        const NodeId id = graph[value].producer;
        if (!id.valid() || !joins(graph, id, shape)) break;
        ValueId read;
        size_t open = 0;
        for (const ValueId in : graph[id].inputs) {
            if (!in.valid() || (graph.isConstant(in) && graph.fact(in).constant->count() == 1)) continue;
            read = in;
            ++open;
        }
        if (open != 1) break;
        front.insert(front.begin(), id);
        value = read;
    }
    return front;
}

//! The pooling that alone reads the value, or the mean with what alone reads that.
std::vector<NodeId> poolBehind(const Graph& graph, ValueId value) {
    const auto reader = onlyReader(graph, value);
    if (!reader) return {};
    if (as<ops::Pooling>(*graph[*reader].op)) return {*reader};
    const auto* reduce = as<ops::Reduce>(*graph[*reader].op);
    if (!reduce || reduce->operation != ops::ReduceOperation::Avg) return {};
    std::vector<NodeId> members{*reader};
    const ValueId mean = graph[*reader].outputs[0];
    const auto next = onlyReader(graph, mean);
    if (next && joins(graph, *next, graph.fact(mean).shape)) members.push_back(*next);
    return members;
}

//! The dequantize that makes the anchor's weights out of constants, and that nothing else reads.
std::vector<NodeId> weightsOf(const Graph& graph, NodeId anchor) {
    const auto& inputs = graph[anchor].inputs;
    if (inputs.size() < 2 || !inputs[1].valid() || onlyReader(graph, inputs[1]) != anchor) return {};
    const NodeId id = graph[inputs[1]].producer;
    if (!id.valid() || !as<ops::Dequantize>(*graph[id].op) || !graph.isConstant(graph[id].inputs[0])) return {};
    return {id};
}

//! What may become one region with the anchor, the most first.
std::vector<std::vector<NodeId>> candidatesAt(const Graph& graph, NodeId anchor, const PassContext& context) {
    const Chain chain = chainOf(graph, anchor, context);
    const size_t longest = chain.stops.empty() ? 1 : chain.stops.back();
    const std::vector<NodeId> all(chain.members.begin(), chain.members.begin() + static_cast<long>(longest));
    const std::vector<NodeId> front = frontOf(graph, anchor);
    std::vector<std::vector<NodeId>> candidates;
    const auto add = [&](std::vector<NodeId> members, bool withFront) {
        if (withFront) members.insert(members.begin(), front.begin(), front.end());
        if (members.size() > 1) candidates.push_back(std::move(members));
    };
    std::vector<NodeId> pool = poolBehind(graph, graph[all.back()].outputs[0]);
    for (; !pool.empty(); pool.pop_back()) {
        std::vector<NodeId> pooled = all;
        pooled.insert(pooled.end(), pool.begin(), pool.end());
        if (!front.empty()) add(pooled, true);
        add(pooled, false);
    }
    if (!front.empty()) add(all, true);
    const auto addStops = [&](const std::vector<NodeId>& inFront) {
        for (auto stop = chain.stops.rbegin(); stop != chain.stops.rend(); ++stop) {
            std::vector<NodeId> members = inFront;
            members.insert(members.end(), chain.members.begin(), chain.members.begin() + static_cast<long>(*stop));
            add(std::move(members), false);
        }
    };
    if (const std::vector<NodeId> weights = weightsOf(graph, anchor); !weights.empty()) {
        addStops(weights);
        add({weights[0], anchor}, false);
    }
    addStops({});
    return candidates;
}

bool fuseAround(Graph& graph, NodeId anchor, PassContext& context) {
    for (const std::vector<NodeId>& members : candidatesAt(graph, anchor, context)) {
        if (fuse(graph, members, joinedName(graph, members), context)) return true;
    }
    return false;
}

}  // namespace

bool fuseEpilogues(Graph& graph, PassContext& context) {
    bool changed = false;
    for (NodeId id : graph.order()) {
        if (graph[id].dead || graph[id].op->opClass() != OpClass::Contraction || graph[id].outputs.size() != 1)
            continue;
        changed = fuseAround(graph, id, context) || changed;
    }
    return changed;
}

}  // namespace opentrt::passes
