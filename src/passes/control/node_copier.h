// SPDX-License-Identifier: Apache-2.0
// Copies nodes of one graph into another, for passes that move what bodies hold into the graph around them. Values that
// the copied nodes read are told by map() or are copies themselves; constants come along, one for all copies.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace opentrt::passes {

class NodeCopier {
public:
    NodeCopier(const Graph& from, Graph& to) : from_(from), to_(to) {}

    void map(ValueId from, ValueId to) { values_[from] = to; }
    //! What stands for a value of the source in the target.
    ValueId operator()(ValueId from);
    //! The copy of one node; its name gets the suffix.
    NodeId copy(NodeId node, const std::string& suffix = "");
    //! Copies of all nodes with these values as the graph's inputs; returns what stands for its outputs.
    std::vector<ValueId> copyAll(const std::vector<ValueId>& inputs, const std::string& suffix = "");

private:
    const Graph& from_;
    Graph& to_;
    std::map<ValueId, ValueId> values_;
};

//! Graph::replaceUses for whatever takes the place of an output: an identity stands between where two names meet.
void replaceResult(Graph& graph, ValueId old, ValueId by);

}  // namespace opentrt::passes
