// SPDX-License-Identifier: Apache-2.0
// Bit patterns of the short floating-point types, converted on the host. Rounding is to nearest even. Tested by
// number_formats_test.cpp.
#pragma once
#include <cstdint>

namespace opentrt::model {

float halfToFloat(uint16_t bits);
uint16_t floatToHalf(float value);
float bfloatToFloat(uint16_t bits);
uint16_t floatToBfloat(float value);
//! 1 sign, 4 exponent, 3 mantissa bits, bias 7, no infinities, NaN is S.1111.111. Values beyond 448 saturate.
float fp8ToFloat(uint8_t bits);
uint8_t floatToFp8(float value);
//! 1 sign, 5 exponent, 2 mantissa bits: the upper half of a half.
float fp8WideToFloat(uint8_t bits);
//! Without infinities and -0, NaN being 0x80: 4 exponent and 3 mantissa bits with bias 8, or 5 and 2 with bias 16.
float fnuz43ToFloat(uint8_t bits);
float fnuz52ToFloat(uint8_t bits);
//! 1 sign, 2 exponent, 1 mantissa bit, bias 1: 0 0.5 1 1.5 2 3 4 6. Only the low four bits count.
float fp4ToFloat(uint8_t bits);
//! A power of two, bias 127; all ones is NaN.
float e8m0ToFloat(uint8_t bits);

}  // namespace opentrt::model
