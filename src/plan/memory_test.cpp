// SPDX-License-Identifier: Apache-2.0
#include "plan/memory.h"

#include <gtest/gtest.h>
#include <random>

namespace opentrt {
namespace {

//! A chain of steps in each lane; `waits` are pairs of a step and one that it waits for.
std::vector<PlanStep> stepsIn(const std::vector<int32_t>& lanes, const std::vector<std::pair<int, int32_t>>& waits) {
    std::vector<PlanStep> steps(lanes.size());
    for (size_t s = 0; s < lanes.size(); ++s) steps[s].lane = lanes[s];
    for (const auto& [step, wait] : waits) steps[static_cast<size_t>(step)].waits.push_back(wait);
    return steps;
}

Buffer bufferOf(int64_t bytes, const std::vector<PlanStep>& steps, const std::vector<int32_t>& users) {
    Buffer buffer{bytes, {}};
    for (const int32_t s : users) buffer.uses.add(s, steps[static_cast<size_t>(s)].lane);
    return buffer;
}

//! Which steps must be done before which, found one by one.
struct Reached {
    explicit Reached(const std::vector<PlanStep>& steps)
        : before(steps.size(), std::vector<bool>(steps.size(), false)) {
        for (size_t s = 0; s < steps.size(); ++s) {
            const auto follow = [&](size_t other) {
                for (size_t k = 0; k < s; ++k) before[s][k] = before[s][k] || before[other][k];
                before[s][other] = true;
            };
            for (size_t other = 0; other < s; ++other) {
                if (steps[other].lane == steps[s].lane) follow(other);
            }
            for (const int32_t wait : steps[s].waits) {
                if (wait >= 0) follow(static_cast<size_t>(wait));
            }
        }
    }
    bool allBefore(const std::vector<int32_t>& a, const std::vector<int32_t>& b) const {
        for (const int32_t x : a) {
            for (const int32_t y : b) {
                if (!before[static_cast<size_t>(y)][static_cast<size_t>(x)]) return false;
            }
        }
        return true;
    }
    std::vector<std::vector<bool>> before;
};

void expectDisjoint(const std::vector<PlanStep>& steps, const std::vector<int64_t>& bytes,
                    const std::vector<std::vector<int32_t>>& users) {
    std::vector<Buffer> buffers;
    for (size_t i = 0; i < bytes.size(); ++i) buffers.push_back(bufferOf(bytes[i], steps, users[i]));
    const Placement p = placeBuffers(buffers, StepOrder(steps));
    const Reached reached(steps);
    for (size_t i = 0; i < buffers.size(); ++i) {
        EXPECT_EQ(p.offsets[i] % 64, 0);
        EXPECT_LE(p.offsets[i] + bytes[i], p.total);
        for (size_t j = 0; j < i; ++j) {
            if (reached.allBefore(users[i], users[j]) || reached.allBefore(users[j], users[i])) continue;
            EXPECT_TRUE(p.offsets[i] + bytes[i] <= p.offsets[j] || p.offsets[j] + bytes[j] <= p.offsets[i])
                << i << " and " << j;
        }
    }
}

TEST(Memory, SharesBytesOfBuffersThatAreNeverAliveTogether) {
    const std::vector<PlanStep> steps(5);
    std::vector<Buffer> buffers;
    for (int32_t s = 0; s < 4; ++s) buffers.push_back(bufferOf(1000, steps, {s, s + 1}));
    EXPECT_EQ(placeBuffers(buffers, StepOrder(steps)).total, 2 * 1024);
}

TEST(Memory, NeverOverlapsBuffersThatAreAliveTogether) {
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        std::vector<int32_t> lanes;
        std::vector<std::pair<int, int32_t>> waits;
        const auto most = 1 + random() % 4;
        for (int32_t s = 0; s < 38; ++s) {
            lanes.push_back(static_cast<int32_t>(random() % most));
            if (s > 0 && random() % 3 == 0)
                waits.emplace_back(s, static_cast<int32_t>(random() % static_cast<unsigned>(s)));
        }
        std::vector<int64_t> bytes;
        std::vector<std::vector<int32_t>> users;
        const int count = 1 + static_cast<int>(random() % 40);
        for (int i = 0; i < count; ++i) {
            bytes.push_back(static_cast<int64_t>(1 + random() % 5000));
            const auto first = static_cast<int32_t>(random() % 30);
            users.push_back({first, first + static_cast<int32_t>(random() % 8)});
        }
        expectDisjoint(stepsIn(lanes, waits), bytes, users);
    }
}

//! A step, two beside each other, and one behind both: nothing of one branch lies where the other may still work.
TEST(Memory, SharesBetweenLanesOnlyAlongWaits) {
    const auto steps = stepsIn({0, 0, 1, 1, 0}, {{2, 0}, {4, 3}});
    const StepOrder order(steps);
    const auto total = [&](const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
        return placeBuffers({bufferOf(1000, steps, a), bufferOf(1000, steps, b)}, order).total;
    };
    EXPECT_EQ(total({1, 1}, {2, 2}), 2 * 1024) << "both branches at once, one step later in the list";
    EXPECT_EQ(total({0, 0}, {2, 3}), 1024);
    EXPECT_EQ(total({2, 3}, {4, 4}), 1024);
    EXPECT_EQ(total({0, 1}, {2, 3}), 2 * 1024) << "still read in lane 0";
}

TEST(StepOrder, FollowsLanesAndWaits) {
    const auto steps = stepsIn({0, 1, 0, 2, 1, 0}, {{1, kStart}, {3, 1}, {5, 3}});
    const StepOrder order(steps);
    const Reached reached(steps);
    EXPECT_EQ(order.laneCount(), 3);
    for (int32_t a = 0; a < 6; ++a) {
        for (int32_t b = 0; b < 6; ++b) {
            const bool expected = reached.before[static_cast<size_t>(b)][static_cast<size_t>(a)];
            EXPECT_EQ(order.isBefore(a, b), expected) << a << " and " << b;
        }
    }
    EXPECT_EQ(order.loose(), std::vector<int32_t>{4});
}

TEST(Memory, PlacesNothingInNoBytes) {
    EXPECT_EQ(placeBuffers({}, StepOrder({})).total, 0);
}

}  // namespace
}  // namespace opentrt
