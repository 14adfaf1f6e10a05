// SPDX-License-Identifier: Apache-2.0
// Places buffers in one arena so that buffers of which one is used before the other, in whatever lanes, share bytes.
// Greedy by size: the largest first, each at the lowest offset that is free whenever it is used. Tested by
// memory_test.cpp, which checks every placement for overlaps and the arena against the lower bound of the largest
// simultaneous total.
#pragma once
#include "plan/order.h"

namespace opentrt {

//! Every buffer of an arena begins at a multiple of this many bytes.
constexpr int64_t kArenaAlignment = 64;

struct Buffer {
    int64_t bytes;
    Uses uses;
};
struct Placement {
    std::vector<int64_t> offsets;
    int64_t total = 0;
};
//! Offsets are multiples of 64 bytes.
Placement placeBuffers(const std::vector<Buffer>& buffers, const StepOrder& order);

}  // namespace opentrt
