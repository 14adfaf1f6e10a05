// SPDX-License-Identifier: Apache-2.0
// Products that leave statistics of rows, and read them, spare normalisations (pass "norms"), but fewer kernels do
// that, and each takes a little longer. So a build plans both networks and takes the faster one: that whose layers take
// clearly less time together, or where that says too little, the one that runs faster as a whole. The outcome is kept
// in the timing cache. Tested by alternative_test.cpp.
#pragma once
#include "plan/lower.h"
#include "tune/tuner.h"

namespace opentrt {

struct PipelineRequest;

//! The pass that such a build leaves out at first.
inline constexpr const char* kNormsPass = "norms";

//! Replaces the graph and its choices by those with the normalisations in products, if these are faster.
void foldNormsWhereFaster(Graph& graph, Tuned& tuned, const PipelineRequest& pipeline, const TuneRequest& tuning,
                          const LowerRequest& lowering);

}  // namespace opentrt
