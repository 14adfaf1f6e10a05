// SPDX-License-Identifier: Apache-2.0
#include "plan/order.h"

#include <algorithm>

namespace opentrt {

void Uses::add(int32_t step, int32_t lane) {
    const auto l = static_cast<size_t>(lane);
    if (lanes.size() <= l) lanes.resize(l + 1);
    lanes[l].first = std::min(lanes[l].first, step);
    lanes[l].last = std::max(lanes[l].last, step);
}

StepOrder::StepOrder(std::span<const PlanStep> steps) : steps_(steps) {
    for (const PlanStep& step : steps) lanes_ = std::max(lanes_, step.lane + 1);
    const auto width = static_cast<size_t>(lanes_);
    last_.assign(width, -1);
    before_.assign(steps.size() * width, -1);
    for (size_t s = 0; s < steps.size(); ++s) {
        int32_t* own = before_.data() + s * width;
        const auto follow = [&](int32_t step) {
            if (step < 0) return;
            const std::span<const int32_t> theirs = before(step);
            for (size_t l = 0; l < width; ++l) own[l] = std::max(own[l], theirs[l]);
            own[laneOf(step)] = std::max(own[laneOf(step)], step);
        };
        const auto lane = static_cast<size_t>(steps[s].lane);
        follow(last_[lane]);
        for (const int32_t wait : steps[s].waits) follow(wait);
        last_[lane] = static_cast<int32_t>(s);
    }
}

std::span<const int32_t> StepOrder::before(int32_t step) const {
    const auto width = static_cast<size_t>(lanes_);
    return {before_.data() + static_cast<size_t>(step) * width, width};
}

bool StepOrder::isBefore(const Uses& a, const Uses& b) const {
    for (const Uses::Span& first : b.lanes) {
        if (first.last < 0) continue;
        for (const Uses::Span& last : a.lanes) {
            if (last.last >= 0 && !isBefore(last.last, first.first)) return false;
        }
    }
    return true;
}

std::vector<int32_t> StepOrder::loose() const {
    std::vector<int32_t> steps;
    for (size_t l = 1; l < last_.size(); ++l) {
        if (last_[l] >= 0 && (last_[0] < 0 || before(last_[0])[l] < last_[l])) steps.push_back(last_[l]);
    }
    return steps;
}

int32_t rootOf(const PlanProgram& program, int32_t value) {
    while (program.values[static_cast<size_t>(value)].storage == Storage::Alias)
        value = program.values[static_cast<size_t>(value)].index;
    return value;
}

std::vector<Uses> usesOf(const PlanProgram& program) {
    std::vector<Uses> uses(program.values.size());
    for (size_t s = 0; s < program.steps.size(); ++s) {
        const PlanStep& step = program.steps[s];
        for (const auto* list : {&step.inputs, &step.outputs}) {
            for (const int32_t v : *list) {
                if (v >= 0) uses[static_cast<size_t>(rootOf(program, v))].add(static_cast<int32_t>(s), step.lane);
            }
        }
    }
    return uses;
}

}  // namespace opentrt
