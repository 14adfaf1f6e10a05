// SPDX-License-Identifier: Apache-2.0
#include "plan/lanes.h"

#include <gtest/gtest.h>
#include <random>

#include "plan/order.h"

namespace opentrt {
namespace {

//! Steps with one result each; `reads` are the steps whose results they read.
struct Net {
    PlanProgram program;
    LaneRequest request;

    int32_t add(float microseconds, const std::vector<int32_t>& reads, bool mayLeave = true) {
        const auto me = static_cast<int32_t>(program.steps.size());
        program.values.emplace_back();
        PlanStep step;
        step.inputs = reads;
        step.outputs = {me};
        step.buildTimeMs = microseconds / 1000;
        program.steps.push_back(step);
        request.mayLeave.push_back(mayLeave);
        return me;
    }
    void assign(int32_t most) {
        request.most = most;
        request.costs = {2, 12, 2, 0};
        assignLanes(program, request);
    }
    std::vector<int32_t> lanes() const {
        std::vector<int32_t> result;
        for (const PlanStep& step : program.steps) result.push_back(step.lane);
        return result;
    }
    const std::vector<int32_t>& waits(int32_t step) const { return program.steps[static_cast<size_t>(step)].waits; }
    //! Every step is behind those whose results it reads.
    void expectOrdered() const {
        const StepOrder order(program.steps);
        for (size_t s = 0; s < program.steps.size(); ++s) {
            for (const int32_t read : program.steps[s].inputs)
                EXPECT_TRUE(order.isBefore(read, static_cast<int32_t>(s))) << read << " before " << s;
        }
    }
};

//! A head, two branches of so many steps, and what joins them.
Net twoBranches(float microseconds, int length) {
    Net net;
    const int32_t head = net.add(5, {});
    int32_t a = head, b = head;
    for (int i = 0; i < length; ++i) a = net.add(microseconds, {a});
    for (int i = 0; i < length; ++i) b = net.add(microseconds, {b});
    net.add(5, {net.add(5, {a, b})});
    return net;
}

using Lanes = std::vector<int32_t>;

TEST(Lanes, RunBranchesBesideEachOther) {
    Net net = twoBranches(6, 2);
    net.assign(2);
    EXPECT_EQ(net.lanes(), (Lanes{0, 0, 0, 1, 1, 0, 0}));
    EXPECT_EQ(net.waits(3), Lanes{0});
    EXPECT_EQ(net.waits(4), Lanes{}) << "the one in front of it waited already";
    EXPECT_EQ(net.waits(5), Lanes{4});
    EXPECT_EQ(net.waits(6), Lanes{});
    net.expectOrdered();
}

TEST(Lanes, StayOneWhereNothingIsGained) {
    Net small = twoBranches(1.5F, 2), large = twoBranches(30, 2), chain = twoBranches(6, 0), one = twoBranches(6, 2);
    small.assign(4);
    EXPECT_EQ(small.lanes(), Lanes(7, 0)) << "events cost more than the branches take";
    large.assign(4);
    EXPECT_EQ(large.lanes(), Lanes(7, 0)) << "each step has the device to itself";
    chain.assign(4);
    EXPECT_EQ(chain.lanes(), Lanes(3, 0));
    one.assign(1);
    EXPECT_EQ(one.lanes(), Lanes(7, 0));
    for (const Net* net : {&small, &large, &chain, &one}) {
        for (const PlanStep& step : net->program.steps) EXPECT_TRUE(step.waits.empty());
    }
}

TEST(Lanes, BeginAtTheStartWhenNothingIsBeforeThem) {
    Net net;
    const int32_t a = net.add(8, {net.add(8, {})}), b = net.add(8, {net.add(8, {})});
    net.assign(2);
    EXPECT_EQ(net.lanes(), (Lanes{0, 0, 1, 1}));
    EXPECT_EQ(net.waits(2), Lanes{kStart});
    EXPECT_EQ(StepOrder(net.program.steps).loose(), Lanes{b}) << a;
}

TEST(Lanes, KeepWhatMayNotLeaveWithTheCaller) {
    Net net;
    const int32_t head = net.add(5, {});
    net.add(8, {head});
    net.add(8, {head}, false);
    net.add(8, {head});
    net.assign(3);
    EXPECT_EQ(net.program.steps[2].lane, 0);
    EXPECT_NE(net.program.steps[3].lane, 0);
    net.expectOrdered();
}

//! The result of the first is overwritten by a step that must not run before its readers are done.
TEST(Lanes, WaitForReadersOfWhatIsOverwritten) {
    Net net;
    const int32_t a = net.add(8, {});
    net.add(8, {a});
    net.add(8, {a});
    const int32_t over = net.add(8, {a});
    net.program.values[static_cast<size_t>(over)].storage = Storage::Alias;
    net.program.values[static_cast<size_t>(over)].index = a;
    net.assign(3);
    const StepOrder order(net.program.steps);
    EXPECT_EQ(order.laneCount(), 2);
    EXPECT_TRUE(order.isBefore(1, over) && order.isBefore(2, over));
}

TEST(Lanes, OrderWhateverDepends) {
    std::mt19937 random(3);
    int spread = 0;
    for (int round = 0; round < 100; ++round) {
        Net net;
        for (int s = 0; s < 60; ++s) {
            std::vector<int32_t> reads;
            for (int r = 0; r < 2 && s > 0; ++r)
                reads.push_back(static_cast<int32_t>(random() % static_cast<unsigned>(s)));
            net.add(static_cast<float>(1 + random() % 14), reads, random() % 8 != 0);
        }
        net.assign(2 + static_cast<int32_t>(random() % 4));
        net.expectOrdered();
        spread += StepOrder(net.program.steps).laneCount() > 1;
        // Each wait says something that would not be known without it.
        for (size_t s = 0; s < net.program.steps.size(); ++s) {
            auto& waits = net.program.steps[s].waits;
            for (size_t w = 0; w < waits.size(); ++w) {
                const int32_t wait = waits[w];
                if (wait == kStart) continue;
                waits.erase(waits.begin() + static_cast<long>(w));
                EXPECT_FALSE(StepOrder(net.program.steps).isBefore(wait, static_cast<int32_t>(s)));
                waits.insert(waits.begin() + static_cast<long>(w), wait);
            }
        }
    }
    EXPECT_GT(spread, 90);
}

}  // namespace
}  // namespace opentrt
