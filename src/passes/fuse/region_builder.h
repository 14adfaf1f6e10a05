// SPDX-License-Identifier: Apache-2.0
// Makes one Region node out of several nodes. The new node stands beside the old ones until adopt() lets it take over,
// so a candidate that the backend refuses leaves no trace.
#pragma once
#include <string>
#include <vector>

#include "graph/graph.h"

namespace opentrt::passes {

struct RegionCandidate {
    NodeId region;
    std::vector<NodeId> members;
    std::vector<ValueId> replaced;  //!< values of the members that the region's outputs stand for, in order
};

//! "a + b + c"
std::string joinedName(const Graph& graph, const std::vector<NodeId>& members);

//! `members` in execution order; they must be convex: no path between two of them leaves the set.
RegionCandidate makeRegion(Graph& graph, const std::vector<NodeId>& members, const std::string& name);
void adopt(Graph& graph, const RegionCandidate& candidate);
void discard(Graph& graph, const RegionCandidate& candidate);

}  // namespace opentrt::passes
