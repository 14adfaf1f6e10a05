// SPDX-License-Identifier: Apache-2.0
// Spreads independent branches of a program over lanes, each of which becomes a stream. The list is walked in its order
// with a clock for each lane: a step goes where it could begin first, what another lane makes arrives later by the
// price of an event, and a step that has the machine to itself lets nothing run beside it. Between the step at which a
// second lane opens and the one at which all have met again, the lanes stay only if they end clearly earlier than one
// would. Waits are as few as the order needs. Tested by lanes_test.cpp.
#pragma once
#include "plan/plan.h"

namespace opentrt {

//! Microseconds, as a device has them.
struct LaneCosts {
    double event = 0.5;    //!< until a step sees that one in another lane is done
    double filling = 12;   //!< steps that take longer leave no room for others
    double leastGain = 1;  //!< of each opening of lanes
    double unknown = 0;    //!< of a step that was not timed
};

struct LaneRequest {
    int32_t most = 1;            //!< lanes, the caller's stream among them
    std::vector<bool> mayLeave;  //!< by step: whether lane 0
    LaneCosts costs;
};
//! Sets PlanStep::lane and PlanStep::waits of all steps.
void assignLanes(PlanProgram& program, const LaneRequest& request);

}  // namespace opentrt
