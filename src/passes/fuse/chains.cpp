// SPDX-License-Identifier: Apache-2.0
// Convolutions of which each multiplies what the one before it leaves, pixel by pixel, become one region, as many as
// the backend runs together, three at most: what is between them need not be written and read again. The first may
// have a window; each brings its pointwise operators. What others read as well is another output of the region.
#include <algorithm>
#include <set>

#include "backends/region.h"
#include "ops/convolution.h"
#include "passes/fuse/region_builder.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

//! A convolution with what stands behind it in its region; nothing where it is more than that.
std::optional<RegionView> linkAt(const Graph& graph, NodeId id) {
    RegionView link = viewRegion(graph, id);
    const auto* op = link.anchor ? as<ops::Convolution>(link.op()) : nullptr;
    const bool isOne = op && op->groups == 1 && link.isPlain() && !link.rowFactors && !link.rowStatistics;
    if (!isOne || link.node->outputs.size() != 1 || link.anchorInputs[0] < 0 || link.anchorInputs[1] < 0) return {};
    return link.isConstant(link.anchorInputs[1]) ? std::optional(std::move(link)) : std::nullopt;
}

bool multipliesPixels(const RegionView& link) {
    const auto& op = *as<ops::Convolution>(link.op());
    const Shape &x = link.anchorInput(0)->shape, &w = link.anchorInput(1)->shape, &y = link.anchorOutput().shape;
    for (size_t s = 0; s + 2 < w.size(); ++s) {
        const size_t back = w.size() - 2 - s;  // from the end
        const bool isPixel = w[s + 2] == Dim(1) && op.strideAt(s) == 1 && x[x.size() - back] == y[y.size() - back];
        if (!isPixel) return false;
    }
    return true;
}

//! Those that may follow the link in a chain, in execution order.
std::vector<NodeId> followersOf(const Graph& graph, NodeId id) {
    const ValueId left = graph[id].outputs[0];
    std::vector<NodeId> followers;
    for (const Use& use : graph[left].uses) {
        const auto link = linkAt(graph, use.node);
        if (link && link->anchorInputs[0] == use.input && multipliesPixels(*link)) followers.push_back(use.node);
    }
    return followers;
}

//! Whether the links read what needs one of them first, beside what they hand to each other.
bool waitForThemselves(const Graph& graph, const std::vector<NodeId>& links) {
    std::set<NodeId> seen;
    std::vector<NodeId> pending;
    const auto readsLinks = [&](NodeId node) {
        bool reads = false;
        for (const ValueId in : graph[node].inputs) {
            const NodeId producer = in.valid() ? graph[in].producer : NodeId{};
            const bool isLink = std::find(links.begin(), links.end(), producer) != links.end();
            reads = reads || isLink;
            if (producer.valid() && !isLink && seen.insert(producer).second) pending.push_back(producer);
        }
        return reads;
    };
    for (const NodeId link : links) readsLinks(link);
    while (!pending.empty()) {
        const NodeId node = pending.back();
        pending.pop_back();
        if (readsLinks(node)) return true;
    }
    return false;
}

bool join(Graph& graph, const std::vector<NodeId>& links, PassContext& context) {
    return !waitForThemselves(graph, links) && fuse(graph, links, joinedName(graph, links), context);
}

bool joinFrom(Graph& graph, NodeId first, PassContext& context) {
    const std::vector<NodeId> seconds = followersOf(graph, first);
    for (const NodeId second : seconds) {
        for (const NodeId third : followersOf(graph, second)) {
            if (join(graph, {first, second, third}, context)) return true;
        }
    }
    return std::any_of(seconds.begin(), seconds.end(), [&](NodeId second) {
        return join(graph, {first, second}, context);
    });
}

}  // namespace

bool joinChains(Graph& graph, PassContext& context) {
    if (context.inBody) return false;  // builds compare layers of the network itself
    bool changed = false;
    for (const NodeId id : graph.order()) {
        if (!graph[id].dead && linkAt(graph, id)) changed = joinFrom(graph, id, context) || changed;
    }
    return changed;
}

}  // namespace opentrt::passes
