// SPDX-License-Identifier: Apache-2.0
// Numbers that look random and are the same on every machine.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace opentrt::fuzz {

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed * 2862933555777941757U + 3037000493U) {}
    uint64_t next() {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return (state_ >> 33) ^ (state_ >> 11);
    }
    size_t below(size_t bound) { return bound == 0 ? 0 : static_cast<size_t>(next() % bound); }
    //! An element of a list or array; null when it is empty.
    template <class List>
    auto* pick(List& list) {
        return std::size(list) == 0 ? nullptr : std::data(list) + below(std::size(list));
    }

private:
    uint64_t state_;
};

//! One of the numbers at which programs break: around 0, around powers of two, the ends of the range.
inline int64_t strangeInteger(Random& random) {
    constexpr int64_t most = std::numeric_limits<int64_t>::max(), k32 = int64_t{1} << 31;
    constexpr std::array strange{int64_t{0},   int64_t{1},       int64_t{-1},    int64_t{2},       int64_t{-2},
                                 int64_t{3},   int64_t{7},       int64_t{8},     int64_t{9},       int64_t{64},
                                 int64_t{255}, int64_t{-128},    int64_t{65536}, int64_t{1} << 30, k32,
                                 -k32,         int64_t{1} << 40, most,           -most - 1};
    return strange[random.below(strange.size())];
}

//! A few bits flipped, bytes dropped or repeated, anywhere.
std::string mutateBytes(std::string bytes, Random& random);

}  // namespace opentrt::fuzz
