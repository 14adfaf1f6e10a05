// SPDX-License-Identifier: Apache-2.0
#include "base/phases.h"

#include <gtest/gtest.h>
#include <thread>

namespace opentrt {

namespace {

void pass(int ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

TEST(Phases, CountsEachMomentOnce) {
    Phases phases;
    const auto start = Phases::Clock::now();
    {
        const Phases::Open outer(&phases, "outer");
        pass(20);
        for (int i = 0; i < 2; ++i) {
            const Phases::Open inner(&phases, "inner");
            pass(20);
        }
    }
    const double all = std::chrono::duration<double>(Phases::Clock::now() - start).count();
    pass(20);  // in no phase
    EXPECT_GE(phases.secondsOf("outer"), 0.02);
    EXPECT_GE(phases.secondsOf("inner"), 0.04);
    EXPECT_LE(phases.secondsOf("outer") + phases.secondsOf("inner"), all);
    EXPECT_EQ(phases.secondsOf("another"), 0);
}

TEST(Phases, TellsThemInOrder) {
    Phases phases;
    {
        const Phases::Open b(&phases, "b");
        const Phases::Open a(&phases, "a");
        pass(2);
        EXPECT_EQ(phases.text().find("a "), 0u) << "b took nothing yet: " << phases.text();
    }
    {
        const Phases::Open b(&phases, "b");
        pass(2);
    }
    EXPECT_LT(phases.text().find("b "), phases.text().find("a ")) << phases.text();
}

TEST(Phases, AreNotNeeded) {
    const Phases::Open phase(nullptr, "any");
}

}  // namespace

}  // namespace opentrt
