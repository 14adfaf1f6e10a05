// SPDX-License-Identifier: Apache-2.0
// Transposition of one matrix, and copies of short runs, on the calling thread.
#pragma once
#include <cstdint>

namespace opentrt::cpu::kernels {

//! dst[c * dstStride + r] = src[r * srcStride + c] for elements of 1, 2, 4 or 8 bytes; strides in elements.
void transpose2d(int64_t elementSize, int64_t rows, int64_t cols, const void* src, int64_t srcStride, void* dst,
                 int64_t dstStride);

//! Copies `bytes` of each of `count` runs that lie srcStep and dstStep bytes apart.
void copyRuns(int64_t bytes, int64_t count, const void* src, int64_t srcStep, void* dst, int64_t dstStep);

}  // namespace opentrt::cpu::kernels
