// SPDX-License-Identifier: Apache-2.0
// Conversions between float and the narrow floating types, one number at a time, by bit arithmetic: the same on every
// machine, NaN kept, round to nearest even. f16 and bf16 overflow to infinity; f8e4m3 has no infinity and saturates.
// Tested by types_test.cpp over all patterns.
#pragma once
#include <bit>
#include <cstdint>

namespace opentrt {

inline float bf16ToFloat(uint16_t bits) {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

inline uint16_t floatToBf16(float value) {
    auto bits = std::bit_cast<uint32_t>(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>((bits >> 16) | 0x40u);
    return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

inline float f16ToFloat(uint16_t bits) {
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
    const uint32_t rest = bits & 0x7fffu;
    if (rest >= 0x7c00u) return std::bit_cast<float>(sign | 0x7f800000u | ((rest & 0x3ffu) << 13));
    if (rest >= 0x400u) return std::bit_cast<float>(sign | ((rest << 13) + (112u << 23)));
    const float small = static_cast<float>(rest) * 0x1p-24f;
    return sign ? -small : small;
}

inline uint16_t floatToF16(float value) {
    const auto all = std::bit_cast<uint32_t>(value);
    const auto sign = static_cast<uint16_t>((all >> 16) & 0x8000u);
    const uint32_t bits = all & 0x7fffffffu;
    if (bits > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u | ((bits >> 13) & 0x3ffu));
    if (bits >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // 65520 and above
    if (bits >= 0x38800000u) {
        const uint32_t rounded = bits + 0xfffu + ((bits >> 13) & 1u);
        return static_cast<uint16_t>(sign | ((rounded - (112u << 23)) >> 13));
    }
    // Below the smallest normal number: adding 0.5 makes the float unit round at 2^-24, the unit of f16's subnormals.
    const float shifted = std::bit_cast<float>(bits) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u));
}

inline float f8ToFloat(uint8_t bits) {
    const uint32_t sign = static_cast<uint32_t>(bits & 0x80u) << 24;
    const uint32_t rest = bits & 0x7fu;
    if (rest == 0x7fu) return std::bit_cast<float>(sign | 0x7fc00000u);
    if (rest >= 8u) return std::bit_cast<float>(sign | ((rest << 20) + (120u << 23)));
    const float small = static_cast<float>(rest) * 0x1p-9f;
    return sign ? -small : small;
}

inline uint8_t floatToF8(float value) {
    const auto all = std::bit_cast<uint32_t>(value);
    const auto sign = static_cast<uint8_t>((all >> 24) & 0x80u);
    const uint32_t bits = all & 0x7fffffffu;
    if (bits > 0x7f800000u) return static_cast<uint8_t>(sign | 0x7fu);
    if (bits >= 0x43e00000u) return static_cast<uint8_t>(sign | 0x7eu);  // 448 and above
    if (bits >= 0x3c800000u) {
        const uint32_t rounded = bits + 0x7ffffu + ((bits >> 20) & 1u);
        return static_cast<uint8_t>(sign | ((rounded - (120u << 23)) >> 20));
    }
    // As in floatToF16: the unit of f8's subnormals is 2^-9, which is the unit of floats at 2^14.
    const float shifted = std::bit_cast<float>(bits) + 16384.0f;
    return static_cast<uint8_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x46800000u));
}

}  // namespace opentrt
