// SPDX-License-Identifier: Apache-2.0
// The instruction of compute capability 9.0 with which a group of four warps multiplies, as a function of kernel texts.
#pragma once
#include <string>

#include "base/types.h"

namespace opentrt::cuda {

//! Where the left factor of 64 rows is: in shared memory, as the right one; or in registers, as sums are, and then the
//! right factor's columns are neighbours in memory.
enum class LeftFactor { Shared, Registers };

//! DEV void NAME(Sum (&d)[n / 2], u64 a, u64 b, bool keep), or with const u32 (&a)[4], for 32 bytes of the inner
//! dimension: without `keep`, d begins with zeros. Sum is float, or i32 for i8.
std::string groupProductCode(const char* name, int64_t n, DType type, LeftFactor left = LeftFactor::Shared);

}  // namespace opentrt::cuda
