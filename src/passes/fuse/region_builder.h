// SPDX-License-Identifier: Apache-2.0
// Makes one Region node out of several nodes. The new node stands beside the old ones until it takes over, so one that
// the backend refuses leaves no trace.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace opentrt {

struct PassContext;

namespace passes {

//! "a + b + c"
std::string joinedName(const Graph& graph, const std::vector<NodeId>& members);

//! Of all of them, one after the other.
std::string joinedMetadata(const Graph& graph, const std::vector<NodeId>& members);

//! A node as a region that may be changed before it is built, beside the node: the body is a copy.
struct RegionDraft {
    std::string name;
    std::unique_ptr<Graph> body;
    std::vector<ValueId> inputs;  //!< one to one with the body's

    RegionDraft(const Graph& graph, NodeId node);
    ValueId addInput(const Graph& graph, ValueId value);
    NodeId build(Graph& graph, const std::string& metadata);
};

//! Puts a region in the place of the members, if the backend runs it and the budget allows it. `members` in execution
//! order; they must be convex: no path between two of them leaves the set. Regions among them become part of it.
bool fuse(Graph& graph, const std::vector<NodeId>& members, const std::string& name, PassContext& context);

}  // namespace passes
}  // namespace opentrt
