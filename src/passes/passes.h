// SPDX-License-Identifier: Apache-2.0
// What stands behind the list in pipeline.cpp: functions, and tables of rules.
#pragma once
#include "passes/pipeline.h"

namespace opentrt::passes {

//! Whether the scales of numbers of this type go behind the products of these (`quantized`): where such are multiplied,
//! and where TF32 would round real numbers.
inline bool scalesProducts(const Backend& backend, DType type) {
    const bool isExact = type == DType::I8 || type == DType::F8;
    return backend.multipliesQuantized(type) || (isExact && backend.computesInHalf());
}

// canonicalize/
bool foldConstants(Graph& graph, PassContext& context);
bool foldNarrow(Graph& graph, PassContext& context);
bool decideAssertions(Graph& graph, PassContext& context);
bool mergeCommon(Graph& graph, PassContext& context);
bool pickEarlier(Graph& graph, PassContext& context);
bool widenHalves(Graph& graph, PassContext& context);
bool narrowFloats(Graph& graph, PassContext& context);

// control/
bool takeKnownBranches(Graph& graph, PassContext& context);
bool simplifyLoops(Graph& graph, PassContext& context);
bool recognizeRecurrences(Graph& graph, PassContext& context);
bool hoistFromLoops(Graph& graph, PassContext& context);
bool unrollLoops(Graph& graph, PassContext& context);

// rules/
std::span<const Rule> decomposeRules();
std::span<const Rule> identityRules();
std::span<const Rule> geluRules();
std::span<const Rule> layerNormRules();
std::span<const Rule> attentionRules();
std::span<const Rule> scaleWeightsRules();
std::span<const Rule> patchRules();
std::span<const Rule> reshapeRules();
std::span<const Rule> quantizedRules();

// fuse/
bool fuseGates(Graph& graph, PassContext& context);
bool fuseEpilogues(Graph& graph, PassContext& context);
bool fusePointwise(Graph& graph, PassContext& context);
bool foldNorms(Graph& graph, PassContext& context);
bool joinSums(Graph& graph, PassContext& context);
bool joinChains(Graph& graph, PassContext& context);
bool joinMlps(Graph& graph, PassContext& context);

}  // namespace opentrt::passes
