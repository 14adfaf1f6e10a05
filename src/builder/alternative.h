// SPDX-License-Identifier: Apache-2.0
// Passes of which nobody knows in advance whether they make a network faster.
// Products that leave statistics of rows, and read them, spare normalisations (pass "norms"), but fewer kernels do
// that, and each takes a little longer. So a build plans both networks and takes the faster one: that whose layers take
// clearly less time together, or where that says too little, the one that runs faster as a whole. The outcome is kept
// in the timing cache. So it is with pairs of products of rows that run together (pass "mlps").
// Products that run together spare what is between them (pass "chains"), but not every kind of chain is faster than its
// parts, so a build times all kinds and joins those that clearly are. Tested by alternative_test.cpp.
#pragma once
#include "plan/lower.h"
#include "tune/tuner.h"

namespace opentrt {

struct PipelineRequest;

//! The passes that such a build leaves out at first.
inline constexpr const char *kNormsPass = "norms", *kChainsPass = "chains", *kMlpsPass = "mlps";

//! Replaces the graph and its choices by those that the pass, "norms" or "mlps", leads to, if these are faster.
void runPassWhereFaster(const char* pass, Graph& graph, Tuned& tuned, const PipelineRequest& pipeline,
                        const TuneRequest& tuning, const LowerRequest& lowering);

//! Joins all chains in a copy of the graph: what is to be compiled for it.
std::vector<CompileJob> kernelsOfChains(Graph& copy, const PipelineRequest& pipeline, const TuneRequest& tuning);

//! Joins the chains that take clearly less time than their parts.
void joinChainsWhereFaster(Graph& graph, Tuned& tuned, const PipelineRequest& pipeline, const TuneRequest& tuning);

}  // namespace opentrt
