// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/number_formats.h"

#include <bit>
#include <cmath>

namespace opentrt::model {
namespace {

struct Layout {
    int mantissaBits;
    int bias;
};

//! Magnitude of a finite number whose fields are given.
float decode(uint32_t exponent, uint32_t mantissa, const Layout& layout) {
    const auto fraction = static_cast<float>(mantissa);
    const int shift = layout.bias + layout.mantissaBits;
    if (exponent == 0) return std::ldexp(fraction, 1 - shift);
    return std::ldexp(fraction + static_cast<float>(1U << layout.mantissaBits), static_cast<int>(exponent) - shift);
}

//! Fields of `magnitude` rounded to nearest even, exponent above mantissa; may come out one above the largest finite.
uint32_t encode(float magnitude, const Layout& layout) {
    if (magnitude == 0) return 0;
    int exponent = 0;
    std::frexp(magnitude, &exponent);  // magnitude = f * 2^exponent with f in [0.5, 1)
    int field = exponent - 1 + layout.bias;
    if (field < 1) field = 1;
    const float steps = std::nearbyint(std::ldexp(magnitude, layout.bias + layout.mantissaBits - field));
    // A mantissa that rounds up to the next power of two carries into the exponent by the same addition.
    return (static_cast<uint32_t>(field - 1) << layout.mantissaBits) + static_cast<uint32_t>(steps);
}

constexpr Layout kHalf{10, 15};
constexpr Layout kFp8{3, 7};
constexpr Layout kFp4{1, 1};
constexpr Layout kFnuz43{3, 8};
constexpr Layout kFnuz52{2, 16};

float fnuzToFloat(uint8_t bits, const Layout& layout) {
    if (bits == 0x80U) return std::nanf("");
    const float sign = (bits & 0x80U) ? -1.0F : 1.0F;
    const uint32_t rest = bits & 0x7FU;
    return sign * decode(rest >> layout.mantissaBits, rest & ((1U << layout.mantissaBits) - 1), layout);
}

}  // namespace

float halfToFloat(uint16_t bits) {
    const uint32_t exponent = (bits >> 10) & 31U;
    const uint32_t mantissa = bits & 1023U;
    const float sign = (bits & 0x8000U) ? -1.0F : 1.0F;
    if (exponent == 31) return mantissa ? std::nanf("") : sign * INFINITY;
    return sign * decode(exponent, mantissa, kHalf);
}

uint16_t floatToHalf(float value) {
    const uint16_t sign = std::signbit(value) ? 0x8000U : 0U;
    if (std::isnan(value)) return sign | 0x7E00U;
    if (std::fabs(value) >= 65520.0F) return sign | 0x7C00U;
    return static_cast<uint16_t>(sign | encode(std::fabs(value), kHalf));
}

float bfloatToFloat(uint16_t bits) {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

uint16_t floatToBfloat(float value) {
    const auto bits = std::bit_cast<uint32_t>(value);
    if (std::isnan(value)) return static_cast<uint16_t>((bits >> 16) | 0x40U);
    return static_cast<uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

float fp8ToFloat(uint8_t bits) {
    const float sign = (bits & 0x80U) ? -1.0F : 1.0F;
    if ((bits & 0x7FU) == 0x7FU) return std::nanf("");
    return sign * decode((bits >> 3) & 15U, bits & 7U, kFp8);
}

uint8_t floatToFp8(float value) {
    const uint8_t sign = std::signbit(value) ? 0x80U : 0U;
    if (std::isnan(value)) return sign | 0x7FU;
    if (std::fabs(value) >= 448.0F) return sign | 0x7EU;
    return static_cast<uint8_t>(sign | encode(std::fabs(value), kFp8));
}

float fp8WideToFloat(uint8_t bits) {
    return halfToFloat(static_cast<uint16_t>(bits << 8));
}

float fnuz43ToFloat(uint8_t bits) {
    return fnuzToFloat(bits, kFnuz43);
}

float fnuz52ToFloat(uint8_t bits) {
    return fnuzToFloat(bits, kFnuz52);
}

float fp4ToFloat(uint8_t bits) {
    const float sign = (bits & 8U) ? -1.0F : 1.0F;
    return sign * decode((bits >> 1) & 3U, bits & 1U, kFp4);
}

float e8m0ToFloat(uint8_t bits) {
    return bits == 255 ? std::nanf("") : std::ldexp(1.0F, static_cast<int>(bits) - 127);
}

}  // namespace opentrt::model
