// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <atomic>
#include <gtest/gtest.h>
#include <stdexcept>
#include <vector>

namespace opentrt {
namespace {

TEST(Parallel, CoversEveryIndexOnce) {
    setThreadCount(4);
    for (int64_t count : {0, 1, 7, 100, 1001}) {
        std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
        parallelFor(count, 3, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i) ++seen[static_cast<size_t>(i)];
        });
        for (auto& times : seen) EXPECT_EQ(times, 1);
    }
    setThreadCount(0);
}

TEST(Parallel, RangesAreNotShorterThanTheGrain) {
    setThreadCount(8);
    std::atomic<int> ranges = 0;
    parallelFor(100, 40, [&](int64_t, int64_t) { ++ranges; });
    EXPECT_LE(ranges, 3);
    setThreadCount(0);
}

TEST(Parallel, RethrowsAnException) {
    setThreadCount(4);
    EXPECT_THROW(parallelFor(100, 1,
                             [](int64_t begin, int64_t) {
                                 if (begin > 0) throw std::runtime_error("no");
                             }),
                 std::runtime_error);
    setThreadCount(0);
}

TEST(Parallel, NestedLoopsAreSerial) {
    setThreadCount(4);
    std::atomic<int> inner = 0;
    parallelFor(4, 1, [&](int64_t begin, int64_t end) {
        EXPECT_EQ(threadCount(), 1);
        for (int64_t i = begin; i < end; ++i) parallelFor(100, 1, [&](int64_t, int64_t) { ++inner; });
    });
    EXPECT_EQ(inner, 4);
    setThreadCount(0);
}

}  // namespace
}  // namespace opentrt
