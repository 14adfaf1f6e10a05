// SPDX-License-Identifier: Apache-2.0
// What kernel tests share: numbers, uniform in [-1, 1) and the same on every machine, and counts of threads.
#pragma once
#include <cstdint>
#include <vector>

namespace opentrt::cpu::kernels {

//! More than one. The largest comes first: LLVM's OpenMP loses memory when a team grows, which is reported as a leak.
inline constexpr int kThreadCounts[] = {7, 3, 2};

inline std::vector<float> values(int64_t count, uint32_t seed) {
    std::vector<float> result(static_cast<size_t>(count));
    uint32_t state = seed * 2654435761u + 1;
    for (float& v : result) {
        state = state * 1664525u + 1013904223u;
        v = static_cast<float>(state >> 8) / 8388608.0f - 1.0f;
    }
    return result;
}

}  // namespace opentrt::cpu::kernels
