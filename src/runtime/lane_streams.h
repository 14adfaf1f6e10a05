// SPDX-License-Identifier: Apache-2.0
// Puts the steps of a program into as many streams as it has lanes. The streams beside the caller's begin behind what
// the caller's was given before, and the caller's goes on when all have done their part; in between only the plan's
// waits make an order. Whoever looks at one step after the other has them all in the caller's stream, in the order of
// the list, which is one of those that the waits allow. Tested by lane_streams_test.cpp and tests/cuda.
#pragma once
#include <memory>
#include <vector>

#include "backends/device.h"
#include "plan/order.h"

namespace opentrt {

class LaneStreams {
public:
    LaneStreams(const Device& device, const PlanProgram& program);

    //! Of the caller, for lanes from 1; those that are null or missing are of our own.
    void setStreams(std::vector<void*> streams) { given_ = std::move(streams); }

    //! Whether lanes are worth their events when steps are launched one by one: short ones wait for the host anyway.
    bool payUnrecorded() const { return payUnrecorded_; }
    //! `main`: the caller's stream. `inOne`: everything goes into it.
    void begin(void* main, bool inOne);
    //! Where the step runs, which has to wait for others first.
    void* before(size_t step);
    void after(size_t step);
    //! The stream goes on when all others have done what they were given. `always`: even those which it waited for.
    void end(bool always);
    void* streamOf(size_t step) const;

private:
    void* streamOfLane(size_t lane) const;

    const std::vector<PlanStep>& steps_;
    std::vector<size_t> markOf_;  // by step: what others wait for; 0: nobody does
    std::vector<size_t> loose_;   // lanes that no step of lane 0 waits for at the end
    std::vector<void*> given_;    // by lane, from 1
    std::unique_ptr<Lanes> lanes_;
    bool payUnrecorded_ = true;
    bool marksStart_ = false;
    bool inOne_ = false;
    std::vector<bool> begun_;  // by lane
    void* main_ = nullptr;
};

}  // namespace opentrt
