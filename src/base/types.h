// SPDX-License-Identifier: Apache-2.0
// Element types of tensors. The numbers equal nvinfer1::DataType, so the border converts by a cast.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace opentrt {

enum class DType : int32_t { F32, F16, I8, I32, Bool, U8, F8, BF16, I64, I4, F4, E8M0 };
inline constexpr int32_t kDTypeCount = 12;

//! Text name: "f32", "f16", "i8", "i32", "bool", "u8", "f8e4m3", "bf16", "i64", "i4", "f4", "f8e8m0".
std::string_view name(DType type);
std::optional<DType> dtypeFromName(std::string_view text);

//! Bits per element: 4 for I4 and F4, which are stored two to a byte, low nibble first.
int32_t bitsOf(DType type);
//! Bytes that `count` elements take, rounded up.
int64_t bytesFor(DType type, int64_t count);

bool isFloat(DType type);    //!< F32, F16, BF16, F8, F4, E8M0
bool isInteger(DType type);  //!< I4, I8, U8, I32, I64 (not Bool)

//! Result of storing a real number in `type` and reading it back (round to nearest even; integers saturate).
double roundTo(DType type, double value);

}  // namespace opentrt
