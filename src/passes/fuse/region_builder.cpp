// SPDX-License-Identifier: Apache-2.0
#include "passes/fuse/region_builder.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "ops/region.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

struct RegionCandidate {
    NodeId region;
    std::vector<NodeId> members;
    std::vector<ValueId> replaced;  //!< values of the members that the region's outputs stand for, in order
};

bool neededOutside(const Graph& graph, ValueId value, const std::set<NodeId>& inside) {
    if (graph.isOutput(value)) return true;
    const auto& uses = graph[value].uses;
    return std::any_of(uses.begin(), uses.end(), [&](const Use& u) { return inside.count(u.node) == 0; });
}

//! `standsFor` is told what stands in the body for the values that the node makes.
void copyNode(Graph& body, const Graph& graph, NodeId id, std::map<ValueId, ValueId>& standsFor) {
    std::vector<ValueId> inputs;
    for (const ValueId in : graph[id].inputs) inputs.push_back(in.valid() ? standsFor.at(in) : in);
    const auto& outputs = graph[id].outputs;
    const NodeId copy =
        body.addNode(graph[id].op->clone(), std::move(inputs), graph[id].name, {}, static_cast<int>(outputs.size()));
    for (size_t o = 0; o < outputs.size(); ++o) standsFor[outputs[o]] = body[copy].outputs[o];
}

//! The operators of a region, one by one.
void copyRegion(Graph& body, const Graph& graph, NodeId id, std::map<ValueId, ValueId>& standsFor) {
    const Graph& from = *graph[id].bodies[0];
    std::map<ValueId, ValueId> inside;
    for (size_t i = 0; i < from.inputs().size(); ++i) inside[from.inputs()[i]] = standsFor.at(graph[id].inputs[i]);
    for (const NodeId node : from.order()) copyNode(body, from, node, inside);
    for (size_t o = 0; o < from.outputs().size(); ++o) standsFor[graph[id].outputs[o]] = inside.at(from.outputs()[o]);
}

RegionCandidate makeRegion(Graph& graph, const std::vector<NodeId>& members, const std::string& name) {
    const std::set<NodeId> inside(members.begin(), members.end());
    auto body = std::make_unique<Graph>(name);
    body->ranges = graph.ranges;
    std::vector<ValueId> inputs;
    std::map<ValueId, ValueId> inBody;
    RegionCandidate result;
    result.members = members;
    for (NodeId id : members) {
        for (ValueId in : graph[id].inputs) {
            if (!in.valid()) continue;
            const auto [at, isNew] = inBody.try_emplace(in);
            if (!isNew) continue;
            at->second = body->addInput(cat("i", inputs.size()), graph.fact(in));
            inputs.push_back(in);
        }
        const bool isRegion = as<ops::Region>(*graph[id].op) != nullptr;
        isRegion ? copyRegion(*body, graph, id, inBody) : copyNode(*body, graph, id, inBody);
        for (const ValueId out : graph[id].outputs) {
            if (!neededOutside(graph, out, inside)) continue;
            result.replaced.push_back(out);
            body->markOutput(inBody[out]);
        }
    }
    std::vector<std::unique_ptr<Graph>> bodies;
    bodies.push_back(std::move(body));
    result.region = graph.addNode(std::make_unique<ops::Region>(), std::move(inputs), name, std::move(bodies),
                                  static_cast<int>(result.replaced.size()));
    graph[result.region].options.metadata = joinedMetadata(graph, members);
    return result;
}

void adopt(Graph& graph, const RegionCandidate& candidate) {
    for (size_t o = 0; o < candidate.replaced.size(); ++o) {
        graph.replaceUses(candidate.replaced[o], graph[candidate.region].outputs[o]);
    }
    for (auto id = candidate.members.rbegin(); id != candidate.members.rend(); ++id) graph.erase(*id);
}

void discard(Graph& graph, const RegionCandidate& candidate) {
    graph.erase(candidate.region);
}

}  // namespace

std::string joinedName(const Graph& graph, const std::vector<NodeId>& members) {
    std::string name;
    for (NodeId id : members) name += (name.empty() ? "" : " + ") + graph[id].name;
    return name;
}

std::string joinedMetadata(const Graph& graph, const std::vector<NodeId>& members) {
    std::string metadata;
    for (NodeId id : members) {
        const std::string& text = graph[id].options.metadata;
        if (!text.empty()) metadata += (metadata.empty() ? "" : "\x1e") + text;
    }
    return metadata;
}

RegionDraft::RegionDraft(const Graph& graph, NodeId id) : name(graph[id].name), inputs(graph[id].inputs) {
    if (as<ops::Region>(*graph[id].op)) {
        body = std::make_unique<Graph>(graph[id].bodies[0]->clone());
        return;
    }
    body = std::make_unique<Graph>(name);
    body->ranges = graph.ranges;
    std::vector<ValueId> own;
    for (size_t i = 0; i < inputs.size(); ++i) own.push_back(body->addInput(cat("i", i), graph.fact(inputs[i])));
    const NodeId copy = body->addNode(graph[id].op->clone(), own, name);
    body->markOutput((*body)[copy].outputs[0]);
}

ValueId RegionDraft::addInput(const Graph& graph, ValueId value) {
    inputs.push_back(value);
    return body->addInput(cat("i", inputs.size() - 1), graph.fact(value));
}

NodeId RegionDraft::build(Graph& graph, const std::string& metadata) {
    std::vector<std::unique_ptr<Graph>> bodies;
    const auto outputs = static_cast<int>(body->outputs().size());
    bodies.push_back(std::move(body));
    const NodeId id = graph.addNode(std::make_unique<ops::Region>(), inputs, name, std::move(bodies), outputs);
    graph[id].options.metadata = metadata;
    return id;
}

bool fuse(Graph& graph, const std::vector<NodeId>& members, const std::string& name, PassContext& context) {
    const RegionCandidate candidate = makeRegion(graph, members, name);
    const bool runs = context.backend.canRun(graph, candidate.region);
    if (!runs || (context.wants && !context.wants(graph, candidate.region, members)) || !context.spend()) {
        discard(graph, candidate);
        return false;
    }
    adopt(graph, candidate);
    context.log.verbose("fusing ", name);
    return true;
}

}  // namespace opentrt::passes
