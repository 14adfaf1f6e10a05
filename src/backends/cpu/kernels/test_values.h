// SPDX-License-Identifier: Apache-2.0
// Numbers for kernel tests: uniform in [-1, 1), the same on every machine.
#pragma once
#include <cstdint>
#include <vector>

namespace opentrt::cpu::kernels {

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
