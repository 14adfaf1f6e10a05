// SPDX-License-Identifier: Apache-2.0
// Places buffers with known lifetimes in one arena so that buffers that are never alive together share bytes. Greedy by
// size: the largest first, each at the lowest offset that is free during its whole lifetime. Tested by memory_test.cpp,
// which checks every placement for overlaps and the arena against the lower bound of the largest simultaneous total.
#pragma once
#include <cstdint>
#include <vector>

namespace opentrt {

//! Every buffer of an arena begins at a multiple of this many bytes.
constexpr int64_t kArenaAlignment = 64;

struct Lifetime {
    int64_t bytes;
    int32_t first;  //!< step that writes it
    int32_t last;   //!< last step that reads it
};
struct Placement {
    std::vector<int64_t> offsets;
    int64_t total = 0;
};
//! Offsets are multiples of 64 bytes.
Placement placeBuffers(const std::vector<Lifetime>& buffers);

}  // namespace opentrt
