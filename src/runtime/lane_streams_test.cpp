// SPDX-License-Identifier: Apache-2.0
// How streams wait for each other is tested on a device, by tests/cuda/lanes_test.cpp.
#include "runtime/lane_streams.h"

#include <gtest/gtest.h>

namespace opentrt {
namespace {

bool payOff(const std::vector<float>& microseconds) {
    PlanProgram program;
    for (const float time : microseconds) {
        PlanStep step;
        step.buildTimeMs = time / 1000;
        program.steps.push_back(step);
    }
    return LaneStreams(hostDevice(), program).payUnrecorded();
}

TEST(LaneStreams, PayWithoutARecordingWhereStepsAreLongerThanLaunches) {
    EXPECT_TRUE(payOff({9, 5, 2}));
    EXPECT_FALSE(payOff({3, 4, 2}));
    EXPECT_FALSE(payOff({9, 0, 0})) << "steps without a time are short";
    EXPECT_TRUE(payOff({0, 0})) << "nothing was measured";
}

TEST(LaneStreams, AreOneWhereWorkIsDoneAtOnce) {
    PlanProgram program;
    program.steps.resize(2);
    program.steps[1].lane = 1;
    program.steps[1].waits = {0};
    LaneStreams lanes(hostDevice(), program);
    int stream = 0;
    lanes.begin(&stream, false);
    for (const size_t step : {0, 1}) {
        EXPECT_EQ(lanes.before(step), &stream);
        lanes.after(step);
    }
    lanes.end(true);
}

}  // namespace
}  // namespace opentrt
