// SPDX-License-Identifier: Apache-2.0
// Conversions of the floating-point formats that are narrower than float. Round to nearest, ties to even.
#pragma once

#if defined(__cplusplus)

#include <cmath>
#include <cstdint>
#include <cstring>

namespace hostcuda {

inline uint32_t bitsOf(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

inline float floatOf(uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

inline uint16_t bfloat16Of(float value) {
    const uint32_t bits = bitsOf(value);
    if (value != value) return 0x7fff;
    return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

inline float floatOfBfloat16(uint16_t bits) {
    return floatOf(static_cast<uint32_t>(bits) << 16);
}

// The encoding of half is a float's with the exponent moved; multiplying by a power of two moves it and rounds
// denormals.
inline uint16_t halfOf(float value) {
    const uint32_t bits = bitsOf(value);
    const uint32_t sign = (bits >> 16) & 0x8000u;
    uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return 0x7fff;
    if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);
    if (magnitude < 0x38800000u)  // adding one half lets the float addition round to the last place of a denormal
        return static_cast<uint16_t>(sign | (bitsOf(floatOf(magnitude) + 0.5f) - 0x3f000000u));
    magnitude += 0xfffu + ((magnitude >> 13) & 1u);
    return static_cast<uint16_t>(sign | ((magnitude - 0x38000000u) >> 13));
}

inline float floatOfHalf(uint16_t half) {
    const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
    const uint32_t exponent = (half >> 10) & 0x1fu, mantissa = half & 0x3ffu;
    if (exponent == 0x1fu) return floatOf(sign | 0x7f800000u | (mantissa << 13));
    if (exponent == 0) return floatOf(sign | bitsOf(static_cast<float>(mantissa) * 5.9604644775390625e-8f));
    return floatOf(sign | ((exponent + 112u) << 23) | (mantissa << 13));
}

// A format of at most eight bits: a sign, an exponent and a mantissa. Values beyond the largest become the largest.
struct SmallFormat {
    int mantissaBits;
    int bias;
    unsigned largest;  // the encoding of the largest finite value
    unsigned sign;     // the bit of the sign
    unsigned nan;      // the encoding of not-a-number, 0 if there is none
};

inline float decode(const SmallFormat& f, unsigned bits) {
    const unsigned magnitude = bits & (f.sign - 1);
    const int exponent = static_cast<int>(magnitude >> f.mantissaBits);
    const int mantissa = static_cast<int>(magnitude & ((1u << f.mantissaBits) - 1));
    const int leading = exponent ? 1 << f.mantissaBits : 0;
    const float value =
        std::ldexp(static_cast<float>(leading + mantissa), (exponent ? exponent : 1) - f.bias - f.mantissaBits);
    return bits & f.sign ? -value : value;
}

inline unsigned encode(const SmallFormat& f, float value) {
    if (value != value) return f.nan;
    const unsigned sign = std::signbit(value) ? f.sign : 0;
    const float magnitude = std::fabs(value);
    if (magnitude >= decode(f, f.largest)) return sign | f.largest;
    int exponent = 0;
    std::frexp(magnitude, &exponent);
    exponent = magnitude == 0 || exponent - 1 < 1 - f.bias ? 1 - f.bias : exponent - 1;
    // In units of the last place the value is its own encoding, apart from the exponent's start.
    const auto units = static_cast<unsigned>(std::nearbyint(std::ldexp(magnitude, f.mantissaBits - exponent)));
    const unsigned start = static_cast<unsigned>(exponent + f.bias - 1) << f.mantissaBits;
    const unsigned bits = start + units;
    return sign | (bits > f.largest ? f.largest : bits);
}

}  // namespace hostcuda

#endif
