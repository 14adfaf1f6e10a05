// SPDX-License-Identifier: Apache-2.0
// Which steps of a program are done before others begin. Steps of one lane follow each other as they stand in the list;
// between lanes only waits make an order. Everything that may run at the same time otherwise, so memory may be shared
// along this order alone. Tested by lanes_test.cpp and memory_test.cpp.
#pragma once
#include <limits>
#include <span>

#include "plan/plan.h"

namespace opentrt {

//! Lanes that a program may have, the caller's stream among them.
constexpr int32_t kMostLanes = 16;

//! When a tensor is used: the first and the last step of each lane that reads or writes it.
struct Uses {
    struct Span {
        int32_t first = std::numeric_limits<int32_t>::max();
        int32_t last = -1;
    };
    std::vector<Span> lanes;
    void add(int32_t step, int32_t lane);
};

class StepOrder {
public:
    //! Lanes and waits have to be as checkPlan() wants them.
    explicit StepOrder(std::span<const PlanStep> steps);

    //! At least one.
    int32_t laneCount() const { return lanes_; }
    //! Whether `a` is done before `b` begins.
    bool isBefore(int32_t a, int32_t b) const { return before(b)[laneOf(a)] >= a; }
    //! Whether all uses of one are done before any of the other begins.
    bool isBefore(const Uses& a, const Uses& b) const;
    //! By lane: the last step that is done before `step` begins; -1: none.
    std::span<const int32_t> before(int32_t step) const;
    //! The last steps of lanes that the last step of lane 0 does not stand behind.
    std::vector<int32_t> loose() const;

private:
    size_t laneOf(int32_t step) const { return static_cast<size_t>(steps_[static_cast<size_t>(step)].lane); }

    std::span<const PlanStep> steps_;
    int32_t lanes_ = 1;
    std::vector<int32_t> before_;  // by step and lane
    std::vector<int32_t> last_;    // by lane
};

//! The value whose memory this one is a view of.
int32_t rootOf(const PlanProgram& program, int32_t value);
//! By value: of those that are no views, the uses of all that are views of them, too.
std::vector<Uses> usesOf(const PlanProgram& program);

}  // namespace opentrt
