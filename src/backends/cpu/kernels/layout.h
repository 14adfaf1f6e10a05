// SPDX-License-Identifier: Apache-2.0
// Image layouts that the kernels know. In nChw16c channel c of pixel p is element [c / 16][p][c % 16].
#pragma once
#include <cstdint>

namespace opentrt::cpu::kernels {

enum class ImageLayout : uint8_t { Nchw, Nhwc, Nchw8c, Nchw16c };

}  // namespace opentrt::cpu::kernels
