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

}  // namespace opentrt::model
