// SPDX-License-Identifier: Apache-2.0
// Planned graph + choices -> plan: orders the steps, inserts reformats, turns views into aliases, compiles each chosen
// tactic, shares dimension expressions, and lays out the arena for every profile.
#pragma once
#include "plan/plan.h"
#include "tune/choice.h"

namespace opentrt {

struct LowerRequest {
    std::vector<PlanTensor> tensors;  //!< in the order of the graph's inputs, then outputs
    std::vector<PlanProfile> profiles;
    std::vector<SymbolRanges> ranges;  //!< of each profile: bounds that size the arena
    TacticRequest tactics;
    std::vector<PlanPoint> points;     //!< TuneRequest::points
    const Backend* backend = nullptr;  //!< of the build: moves tensors between formats
    //! Told of each step of the network whether it may leave lane 0, in which all are; may be null.
    std::vector<bool>* mayLeave = nullptr;
};
Plan lower(const Graph& graph, const Tuned& tuned, LowerRequest request);

}  // namespace opentrt
