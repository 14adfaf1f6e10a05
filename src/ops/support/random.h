// SPDX-License-Identifier: Apache-2.0
// The numbers of Fill's random modes: functions of a seed and an element's place, so that every backend draws the same.
#pragma once
#include <cmath>
#include <cstdint>
#include <numbers>

namespace opentrt::ops {

//! Mixes a counter into 64 random bits (splitmix64 of Steele, Lea and Flood).
inline uint64_t mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

//! In [0, 1), from the seed and a position alone.
inline double uniform(int64_t seed, int64_t place) {
    return static_cast<double>(mix(mix(static_cast<uint64_t>(seed)) + static_cast<uint64_t>(place)) >> 11) * 0x1p-53;
}

inline double normal(int64_t seed, int64_t place) {
    const double radius = std::sqrt(-2 * std::log(1 - uniform(seed, 2 * place)));
    return radius * std::cos(2 * std::numbers::pi * uniform(seed, 2 * place + 1));
}

}  // namespace opentrt::ops
