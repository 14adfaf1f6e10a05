// SPDX-License-Identifier: Apache-2.0
// A product that normalises the rows it makes, or a normalisation that makes its rows itself, from sums and rows of
// tables: a region with two results, the rows and the normalised rows, or with the latter alone where nothing else
// reads the rows. Unlike statistics (norms.cpp) that changes nothing for readers.
#pragma once
#include "graph/graph.h"

namespace opentrt {

struct PassContext;

namespace passes {

//! The product in the body of a region; null: there is none.
const Node* productIn(const Graph& body);
//! The product in a node, which is a product or a region around one; null otherwise, and for an invalid id.
const Node* productOf(const Graph& graph, NodeId id);

//! The value of which this one is a view with the same rows.
ValueId behindViews(const Graph& graph, ValueId value);

//! Lets the product that makes what `norm` reads normalise it, if the backend runs both together.
bool joinNorm(Graph& graph, NodeId norm, PassContext& context);

}  // namespace passes
}  // namespace opentrt
