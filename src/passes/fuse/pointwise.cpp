// SPDX-License-Identifier: Apache-2.0
// Pointwise operators of one shape that feed each other become one region, with as many outputs as are needed outside.
// In execution order each operator joins the cluster of one of its producers when that closes no cycle.
#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "passes/fuse/region_builder.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

//! Keeps compile time and register pressure of a region in bounds.
constexpr size_t kLargestCluster = 32;

class Clusters {
public:
    explicit Clusters(const Graph& graph) : graph_(graph), order_(graph.order()) {
        for (size_t i = 0; i < order_.size(); ++i) {
            position_[order_[i]] = i;
            latest_.push_back(i);
        }
    }

    std::vector<std::vector<NodeId>> run() {
        for (NodeId id : order_) {
            if (!eligible(id)) continue;
            const int joined = clusterToJoin(id);
            if (joined >= 0) {
                stretch(clusters_[static_cast<size_t>(joined)][0], id);
                clusters_[static_cast<size_t>(joined)].push_back(id);
                clusterOf_[id] = joined;
            } else {
                clusterOf_[id] = static_cast<int>(clusters_.size());
                clusters_.push_back({id});
            }
        }
        return clusters_;
    }

private:
    bool eligible(NodeId id) const {
        const Node& node = graph_[id];
        if (node.op->opClass() != OpClass::Pointwise || node.op->hasSideEffects() || node.outputs.size() != 1)
            return false;
        const size_t rank = graph_.fact(node.outputs[0]).shape.size();
        return std::all_of(node.inputs.begin(), node.inputs.end(),
                           [&](ValueId in) { return in.valid() && graph_.fact(in).shape.size() == rank; });
    }

    int clusterToJoin(NodeId id) const {
        const Shape& shape = graph_.fact(graph_[id].outputs[0]).shape;
        for (ValueId in : graph_[id].inputs) {
            const NodeId producer = graph_[in].producer;
            const auto at = clusterOf_.find(producer);
            if (!producer.valid() || at == clusterOf_.end()) continue;
            const auto& cluster = clusters_[static_cast<size_t>(at->second)];
            if (cluster.size() >= kLargestCluster) continue;
            if (graph_.fact(graph_[cluster[0]].outputs[0]).shape != shape) continue;
            if (!dependsThroughOthers(id, at->second)) return at->second;
        }
        return -1;
    }

    //! Whether a path leads from the cluster to `id` through a node outside of it.
    bool dependsThroughOthers(NodeId id, int cluster) const {
        const size_t first = position_.at(clusters_[static_cast<size_t>(cluster)][0]);
        std::set<NodeId> seen;
        std::vector<NodeId> pending;
        const auto visit = [&](NodeId n) {
            for (ValueId in : graph_[n].inputs) {
                if (!in.valid()) continue;
                const NodeId p = graph_[in].producer;
                if (p.valid() && reaches(p, first) && seen.insert(p).second) pending.push_back(p);
            }
        };
        for (ValueId in : graph_[id].inputs) {
            const NodeId p = graph_[in].producer;
            const auto at = clusterOf_.find(p);
            const bool member = at != clusterOf_.end() && at->second == cluster;
            if (p.valid() && !member && reaches(p, first) && seen.insert(p).second) pending.push_back(p);
        }
        while (!pending.empty()) {
            const NodeId n = pending.back();
            pending.pop_back();
            const auto at = clusterOf_.find(n);
            if (at != clusterOf_.end() && at->second == cluster) return true;
            // A node of another cluster will run with all of that cluster, so its companions count too.
            if (at != clusterOf_.end()) {
                for (NodeId companion : clusters_[static_cast<size_t>(at->second)]) visit(companion);
            }
            visit(n);
        }
        return false;
    }

    //! What reads a member of a cluster waits for its last one, and so for all that stands before that.
    void stretch(NodeId first, NodeId last) {
        const size_t from = position_.at(first), to = position_.at(last);
        for (size_t i = 0; i < to; ++i) {
            if (latest_[i] >= from) latest_[i] = std::max(latest_[i], to);
        }
    }

    //! Whether a node may wait for one that stands at or behind a position.
    bool reaches(NodeId id, size_t first) const { return latest_[position_.at(id)] >= first; }

    const Graph& graph_;
    std::vector<NodeId> order_;
    std::map<NodeId, size_t> position_;
    std::vector<size_t> latest_;  //!< by position: the last place that a node there may have to wait for
    std::map<NodeId, int> clusterOf_;
    std::vector<std::vector<NodeId>> clusters_;
};

}  // namespace

bool fusePointwise(Graph& graph, PassContext& context) {
    bool changed = false;
    for (const std::vector<NodeId>& cluster : Clusters(graph).run()) {
        if (cluster.size() < 2) continue;
        std::string name;
        for (NodeId id : cluster) name += (name.empty() ? "" : ", ") + graph[id].name;
        name = cat("fusedPointwiseNode(", name, ")");
        changed |= fuse(graph, cluster, name, context);
    }
    return changed;
}

}  // namespace opentrt::passes
