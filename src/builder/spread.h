// SPDX-License-Identifier: Apache-2.0
// Decides whether branches of a network run beside each other. Its steps are spread over lanes in a few ways
// (plan/lanes.h); each is run as a whole network, and the fastest is taken, or none. The outcome is kept in the timing
// cache. Where nothing is measured, lanes are made only if they were asked for. Tested by spread_test.cpp.
#pragma once
#include "plan/plan.h"
#include "tune/tuner.h"

namespace opentrt {

struct SpreadRequest {
    int32_t maxAuxStreams = -1;        //!< -1: as the builder likes
    bool isTimed = false;              //!< the plan's steps
    bool measures = false;             //!< whether networks may be run
    std::vector<bool> mayLeave;        //!< LowerRequest::mayLeave
    std::vector<SymbolRanges> ranges;  //!< LowerRequest::ranges
};
void spread(const Graph& graph, Plan& plan, const TuneRequest& tuning, const SpreadRequest& request);

}  // namespace opentrt
