// SPDX-License-Identifier: Apache-2.0
// What only the files of this room may do to a graph.
#pragma once
#include "graph/graph.h"

namespace opentrt {

struct GraphAccess {
    //! addNode without inference: for bodies whose inputs' facts are not known yet.
    static NodeId addBare(Graph& graph, std::unique_ptr<Op> op, std::vector<ValueId> inputs, std::string name,
                          std::vector<std::unique_ptr<Graph>> bodies, int outputs);
    //! The symbol to use if inference finds that this size is known only after the run.
    static void nameDataSize(Graph& graph, ValueId value, int axis, std::string symbol);
    //! Named so, but inference has not come by.
    static bool isUnused(const DataSize& size) { return size.upperBound == Dim(-1); }
    static std::vector<DataSize>& dataSizes(Graph& graph) { return graph.dataSizes_; }
    static std::string& scope(Graph& graph) { return graph.scope_; }
};

//! `name` as a part of a symbol: characters that symbols cannot have become '_'.
std::string symbolStem(std::string_view name);
//! The elements of a shape input that has no namesake: "<stem>#0", ...
std::vector<Dim> shapeInputElements(std::string_view name, size_t count);
//! How messages call a node.
std::string layerName(const Node& node);
bool sameFact(const Fact& a, const Fact& b);

}  // namespace opentrt
