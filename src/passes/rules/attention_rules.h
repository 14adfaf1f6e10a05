// SPDX-License-Identifier: Apache-2.0
// Rows of the table in rules/attention.cpp that are about where query, key, value and output lie.
#pragma once
#include "ops/attention.h"
#include "ops/transpose.h"
#include "passes/match.h"
#include "passes/passes.h"

namespace opentrt::passes {

//! Whether the backend has a kernel for an attention of query, key and value; those of rank 3 get a batch of one.
bool runsAttention(const Graph& graph, const ops::Attention& op, const std::vector<ValueId>& inputs,
                   const PassContext& context);

std::optional<Rewrite> scaleIntoAttention(const Graph& graph, const Node& node, const PassContext& context);
std::optional<Rewrite> readTransposed(const Graph& graph, const Node& node, const PassContext& context);
std::optional<Rewrite> readSliced(const Graph& graph, const Node& node, const PassContext& context);
std::optional<Rewrite> readGathered(const Graph& graph, const Node& node, const PassContext& context);
std::optional<Rewrite> mergeProjections(const Graph& graph, const Node& node, const PassContext& context);
std::optional<Rewrite> writeTransposed(const Graph& graph, const Node& node, const PassContext& context);

}  // namespace opentrt::passes
