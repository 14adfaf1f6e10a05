// SPDX-License-Identifier: Apache-2.0
// One candidate's time for the rooms of tuning: from the timing cache, or measured and put there.
#pragma once
#include <random>

#include "tune/tuner.h"

namespace opentrt {

//! The text of the node alone, without names and trained contents, with the sizes that it depends on.
std::string problemKey(const Graph& graph, NodeId node, const SymbolValues& sizes);
//! Operands whose sizes only the data tell cannot be made for a trial.
bool hasKnownSizes(const Graph& graph, NodeId node, const TacticRequest& request);
bool isKnown(const Shape& shape, const TacticRequest& request);
//! What the value holds at the opt sizes, or what it may hold: numbers between -1 and 1 that repeat after some
//! thousands, and ones where integers may be places, sizes or divisors.
Tensor trialOperand(const Graph& graph, ValueId value, const TacticRequest& request, std::mt19937& random);
//! Milliseconds. Throws Error on a cache miss where the request forbids it.
double timeOf(const TuneRequest& request, const TimingProblem& problem, const Tactic& tactic, double bestSoFar);

}  // namespace opentrt
