// SPDX-License-Identifier: Apache-2.0
// Kernels in which a warp keeps a row in registers and normalises it (code/norm_rows.cu): of rows in memory, and of
// rows that the kernel makes itself (summed_rows.cpp).
#pragma once
#include "backends/cuda/arguments.h"
#include "backends/cuda/family.h"
#include "ops/normalization.h"

namespace opentrt::cuda {

inline constexpr int kNormRowsThreads = 128;

//! Why a warp cannot take rows of `x`; scale and bias may be null.
std::string whyNotNormRows(const ops::Normalization& op, const Fact& x, const Fact* scale, const Fact* bias);
//! The text in front of what rows are. `loops`: a warp takes several.
std::string normRowsCode(const ops::Normalization& op, const Fact& x, const Fact* scale, const Fact* bias, bool loops);
//! With a row for each warp.
int64_t blocksOfRows(int64_t rows);

}  // namespace opentrt::cuda
