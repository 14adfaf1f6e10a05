// SPDX-License-Identifier: Apache-2.0
// Convolutions of which each multiplies what the one before it leaves, pixel by pixel, become one region, as many as
// the backend runs together, three at most: what is between them need not be written and read again. The first may
// have a window; each brings its pointwise operators. What others read as well is another output of the region. A
// convolution of single pixels whose result is added to that of one of them, as in the first block of a stage of a
// residual network, comes along, or is joined with that one alone. So do convolutions of each channel by itself, with
// those of single pixels in front of them and behind them.
#include <algorithm>
#include <set>

#include "backends/region.h"
#include "ops/convolution.h"
#include "passes/fuse/region_builder.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

//! Whether each channel is convolved by itself.
bool isByChannel(const RegionView& link) {
    return as<ops::Convolution>(link.op())->isDepthwise(link.anchorInput(1)->shape);
}

//! A convolution with what stands behind it in its region; nothing where it is more than that.
std::optional<RegionView> linkAt(const Graph& graph, NodeId id) {
    RegionView link = viewRegion(graph, id);
    const auto* op = link.anchor ? as<ops::Convolution>(link.op()) : nullptr;
    const bool isOne = op && link.isPlain() && !link.rowFactors && !link.rowStatistics;
    if (!isOne || link.node->outputs.size() != 1 || link.anchorInputs[0] < 0 || link.anchorInputs[1] < 0) return {};
    const bool isKnown = link.isConstant(link.anchorInputs[1]) && (op->groups == 1 || isByChannel(link));
    return isKnown ? std::optional(std::move(link)) : std::nullopt;
}

bool hasNoWindow(const RegionView& link) {
    const Shape& w = link.anchorInput(1)->shape;
    return std::all_of(w.begin() + 2, w.end(), [](const Dim& d) { return d == Dim(1); });
}

bool multipliesPixels(const RegionView& link) {
    const auto& op = *as<ops::Convolution>(link.op());
    const Shape &x = link.anchorInput(0)->shape, &w = link.anchorInput(1)->shape, &y = link.anchorOutput().shape;
    if (op.groups != 1) return false;
    for (size_t s = 0; s + 2 < w.size(); ++s) {
        const size_t back = w.size() - 2 - s;  // from the end
        if (op.strideAt(s) != 1 || x[x.size() - back] != y[y.size() - back]) return false;
    }
    return hasNoWindow(link);
}

//! Those that may follow the link in a chain, in execution order.
std::vector<NodeId> followersOf(const Graph& graph, NodeId id) {
    const ValueId left = graph[id].outputs[0];
    std::vector<NodeId> followers;
    for (const Use& use : graph[left].uses) {
        const auto link = linkAt(graph, use.node);
        const bool follows = link && (multipliesPixels(*link) || isByChannel(*link));
        if (follows && link->anchorInputs[0] == use.input) followers.push_back(use.node);
    }
    return followers;
}

//! The convolution of single pixels whose result only the operators behind this one read.
NodeId besideOf(const Graph& graph, NodeId id) {
    const auto link = linkAt(graph, id);
    for (size_t i = 0; link && i < link->node->inputs.size(); ++i) {
        const ValueId in = link->node->inputs[i];
        const NodeId producer = in.valid() ? graph[in].producer : NodeId{};
        if (!producer.valid() || static_cast<int>(i) == link->anchorInputs[0]) continue;
        const auto other = linkAt(graph, producer);
        const bool isRead = graph[in].uses.size() > 1 || graph.isOutput(in);
        if (other && !isRead && hasNoWindow(*other) && !isByChannel(*other) &&
            graph.fact(in).shape == link->anchorOutput().shape)
            return producer;
    }
    return {};
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

bool joinAll(Graph& graph, const std::vector<NodeId>& links, PassContext& context) {
    return links.size() > 1 && !waitForThemselves(graph, links) &&
           fuse(graph, links, joinedName(graph, links), context);
}

//! With what is beside one of them, where the backend runs that.
bool join(Graph& graph, const std::vector<NodeId>& links, PassContext& context) {
    for (const NodeId link : links) {
        const NodeId beside = besideOf(graph, link);
        if (!beside.valid() || std::count(links.begin(), links.end(), beside) > 0) continue;
        std::vector<NodeId> with{beside};
        with.insert(with.end(), links.begin(), links.end());
        if (joinAll(graph, with, context)) return true;
    }
    return joinAll(graph, links, context);
}

bool joinFrom(Graph& graph, NodeId first, PassContext& context) {
    const std::vector<NodeId> seconds = followersOf(graph, first);
    for (const NodeId second : seconds) {
        for (const NodeId third : followersOf(graph, second)) {
            if (join(graph, {first, second, third}, context)) return true;
        }
    }
    const bool isPair = std::any_of(seconds.begin(), seconds.end(), [&](NodeId second) {
        return join(graph, {first, second}, context);
    });
    return isPair || join(graph, {first}, context);
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
