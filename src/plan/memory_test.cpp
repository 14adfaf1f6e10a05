// SPDX-License-Identifier: Apache-2.0
#include "plan/memory.h"

#include <gtest/gtest.h>
#include <random>

namespace opentrt {
namespace {

bool alive(const Lifetime& a, const Lifetime& b) {
    return a.first <= b.last && b.first <= a.last;
}

void expectDisjoint(const std::vector<Lifetime>& buffers, const Placement& p) {
    for (size_t i = 0; i < buffers.size(); ++i) {
        EXPECT_EQ(p.offsets[i] % 64, 0);
        EXPECT_LE(p.offsets[i] + buffers[i].bytes, p.total);
        for (size_t j = 0; j < i; ++j) {
            if (!alive(buffers[i], buffers[j])) continue;
            const bool disjoint =
                p.offsets[i] + buffers[i].bytes <= p.offsets[j] || p.offsets[j] + buffers[j].bytes <= p.offsets[i];
            EXPECT_TRUE(disjoint) << i << " and " << j;
        }
    }
}

TEST(Memory, SharesBytesOfBuffersThatAreNeverAliveTogether) {
    const Placement p = placeBuffers({{1000, 0, 1}, {1000, 1, 2}, {1000, 2, 3}, {1000, 3, 4}});
    EXPECT_EQ(p.total, 2 * 1024);
}

TEST(Memory, NeverOverlapsBuffersThatAreAliveTogether) {
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        std::vector<Lifetime> buffers;
        const int count = 1 + static_cast<int>(random() % 40);
        for (int i = 0; i < count; ++i) {
            const auto first = static_cast<int32_t>(random() % 30);
            buffers.push_back(
                {static_cast<int64_t>(1 + random() % 5000), first, first + static_cast<int32_t>(random() % 8)});
        }
        expectDisjoint(buffers, placeBuffers(buffers));
    }
}

TEST(Memory, PlacesNothingInNoBytes) {
    EXPECT_EQ(placeBuffers({}).total, 0);
}

}  // namespace
}  // namespace opentrt
