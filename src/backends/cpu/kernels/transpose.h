// SPDX-License-Identifier: Apache-2.0
// Transposition of one matrix on the calling thread, in blocks that registers hold.
#pragma once
#include <cstdint>

namespace opentrt::cpu::kernels {

//! dst[c * dstStride + r] = src[r * srcStride + c] for elements of 1, 2, 4 or 8 bytes; strides in elements.
void transpose2d(int64_t elementSize, int64_t rows, int64_t cols, const void* src, int64_t srcStride, void* dst,
                 int64_t dstStride);

}  // namespace opentrt::cpu::kernels
