// SPDX-License-Identifier: Apache-2.0
#include "runtime/lane_streams.h"

namespace opentrt {

namespace {

//! The mean of the steps' times, as far as they were measured, against that of a launch.
bool areLong(const std::vector<PlanStep>& steps) {
    constexpr double kLaunchMs = 0.004;
    double sum = 0;
    for (const PlanStep& step : steps) sum += static_cast<double>(step.buildTimeMs);
    return sum == 0 || sum > kLaunchMs * static_cast<double>(steps.size());
}

}  // namespace

LaneStreams::LaneStreams(const Device& device, const PlanProgram& program)
    : steps_(program.steps), markOf_(program.steps.size(), 0), payUnrecorded_(areLong(program.steps)) {
    const StepOrder order(program.steps);
    const auto lanes = static_cast<size_t>(order.laneCount());
    begun_.assign(lanes, false);
    // Mark 0 is the start, mark l the end of lane l, those behind them are steps'.
    size_t marks = lanes;
    for (const PlanStep& step : program.steps) {
        for (const int32_t wait : step.waits) {
            if (wait == kStart) {
                marksStart_ = true;
            } else if (size_t& mark = markOf_[static_cast<size_t>(wait)]; mark == 0) {
                mark = marks++;
            }
        }
    }
    for (const int32_t step : order.loose())
        loose_.push_back(static_cast<size_t>(program.steps[static_cast<size_t>(step)].lane));
    lanes_ = device.lanes(lanes - 1, marks);
}

void* LaneStreams::streamOfLane(size_t lane) const {
    if (lane == 0 || inOne_) return main_;
    void* given = lane <= given_.size() ? given_[lane - 1] : nullptr;
    return given ? given : lanes_->stream(lane - 1);
}

void* LaneStreams::streamOf(size_t step) const {
    return streamOfLane(static_cast<size_t>(steps_[step].lane));
}

void LaneStreams::begin(void* main, bool inOne) {
    main_ = main;
    inOne_ = inOne || !lanes_;
    begun_.assign(begun_.size(), false);
    if (marksStart_ && !inOne_) lanes_->set(0, main_);
}

void* LaneStreams::before(size_t step) {
    void* stream = streamOf(step);
    if (inOne_) return stream;
    begun_[static_cast<size_t>(steps_[step].lane)] = true;
    for (const int32_t wait : steps_[step].waits)
        lanes_->await(wait == kStart ? 0 : markOf_[static_cast<size_t>(wait)], stream);
    return stream;
}

void LaneStreams::after(size_t step) {
    if (!inOne_ && markOf_[step] != 0) lanes_->set(markOf_[step], streamOf(step));
}

void LaneStreams::end(bool always) {
    if (inOne_) return;
    const auto join = [&](size_t lane) {
        lanes_->set(lane, streamOfLane(lane));
        lanes_->await(lane, main_);
    };
    if (!always) {
        for (const size_t lane : loose_) join(lane);
        return;
    }
    for (size_t lane = 1; lane < begun_.size(); ++lane) {
        if (begun_[lane]) join(lane);
    }
}

}  // namespace opentrt
