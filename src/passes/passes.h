// SPDX-License-Identifier: Apache-2.0
// The functions behind the list in pipeline.cpp, each in the file of its name.
#pragma once
#include "passes/pipeline.h"

namespace opentrt::passes {

// canonicalize/
bool foldConstants(Graph& graph, PassContext& context);
bool decomposeLayers(Graph& graph, PassContext& context);
bool removeIdentities(Graph& graph, PassContext& context);
bool mergeCommon(Graph& graph, PassContext& context);
bool widenHalves(Graph& graph, PassContext& context);
bool recognizeGelu(Graph& graph, PassContext& context);
bool recognizeNormalization(Graph& graph, PassContext& context);
bool scaleIntoWeights(Graph& graph, PassContext& context);

// fuse/
bool fuseEpilogues(Graph& graph, PassContext& context);
bool fusePointwise(Graph& graph, PassContext& context);

}  // namespace opentrt::passes
