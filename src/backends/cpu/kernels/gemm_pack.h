// SPDX-License-Identifier: Apache-2.0
// Packing of one panel, for kernels that pack as they go.
#pragma once
#include <cstdint>

namespace opentrt::cpu::kernels {

//! packed[row][c] = b[row * rowStride + c * colStride] for c < cols, and zero up to 16 columns.
void packPanel(int64_t k, int64_t cols, const float* b, int64_t rowStride, int64_t colStride, float* packed);

}  // namespace opentrt::cpu::kernels
