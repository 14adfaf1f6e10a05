// SPDX-License-Identifier: Apache-2.0
// Four independent lanes of multiply-and-fold over 32-byte blocks, then the tail, then an avalanche. A 64x64 multiply
// whose 128-bit product is folded by xor mixes well and costs three cycles. The constants are the fractional bits of
// the square roots of 2, 3, 5, 7 and 11, made odd.
#include "base/hash.h"

#include <bit>
#include <cstring>

namespace opentrt {
namespace {

constexpr uint64_t kSecret[5] = {0x6a09e667f3bcc909u, 0xbb67ae8584caa73bu, 0x3c6ef372fe94f82bu, 0xa54ff53a5f1d36f1u,
                                 0x510e527fade682d1u};

uint64_t fold(uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t load(const unsigned char* from, size_t size) {
    uint64_t value = 0;  // little endian, whatever the machine
    for (size_t i = 0; i < size; ++i) value |= static_cast<uint64_t>(from[i]) << (8 * i);
    return value;
}

//! load() of a whole word, which compilers do not turn into one by themselves.
uint64_t loadWord(const unsigned char* from) {
    if constexpr (std::endian::native != std::endian::little) return load(from, 8);
    uint64_t value = 0;
    std::memcpy(&value, from, sizeof value);
    return value;
}

//! Never zero times something: a lane that became zero would forget its past, so the state is added back.
uint64_t step(uint64_t state, uint64_t word, uint64_t secret) {
    return fold(state ^ word, secret) + (state << 1 | 1);
}

}  // namespace

uint64_t hashCombine(uint64_t a, uint64_t b) {
    return fold(a ^ kSecret[0], fold(b ^ kSecret[1], kSecret[2]) ^ kSecret[3]);
}

uint64_t hashBytes(const void* data, size_t size, uint64_t seed) {
    const auto* p = static_cast<const unsigned char*>(data);
    uint64_t lanes[4] = {seed ^ kSecret[0], seed + kSecret[1], seed ^ kSecret[2], seed + kSecret[3]};
    size_t left = size;
    for (; left >= 32; left -= 32, p += 32) {
        lanes[0] = step(lanes[0], loadWord(p), kSecret[0]);
        lanes[1] = step(lanes[1], loadWord(p + 8), kSecret[1]);
        lanes[2] = step(lanes[2], loadWord(p + 16), kSecret[2]);
        lanes[3] = step(lanes[3], loadWord(p + 24), kSecret[3]);
    }
    for (int i = 0; left > 0; ++i) {
        const size_t part = left < 8 ? left : 8;
        lanes[i] = step(lanes[i], load(p, part), kSecret[i + 1]);
        left -= part;
        p += part;
    }
    uint64_t result = hashCombine(size, seed);
    for (uint64_t lane : lanes) result = hashCombine(result, lane);
    return result;
}

}  // namespace opentrt
