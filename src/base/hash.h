// SPDX-License-Identifier: Apache-2.0
// A stable 64-bit hash: the same on every machine and in every version, because it goes into timing caches and plans.
// Not cryptographic. Fast enough for weights (several bytes a cycle). Tested by hash_test.cpp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace opentrt {

uint64_t hashBytes(const void* data, size_t size, uint64_t seed = 0);

inline uint64_t hashText(std::string_view text, uint64_t seed = 0) {
    return hashBytes(text.data(), text.size(), seed);
}

//! Depends on the order of its arguments.
uint64_t hashCombine(uint64_t a, uint64_t b);

}  // namespace opentrt
