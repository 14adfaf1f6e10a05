// SPDX-License-Identifier: Apache-2.0
// Checks a graph against the rules that hold everywhere (ids, uses, acyclic, facts agree with inference, unique output
// names) and against the operator table of its stage. Runs after every pass in tests and in debug builds.
#pragma once
#include "graph/graph.h"

namespace opentrt {

//! Throws Error(Internal) that names the node and the broken rule.
void verify(const Graph& graph);
//! Whether an operator may occur in a stage (ops/ops.def holds the table).
bool allowed(const Op& op, Stage stage);

}  // namespace opentrt
