// SPDX-License-Identifier: Apache-2.0
// What TensorRT documents as limits of tensors, and so refuses by name here, though nothing else would stop them.
#pragma once
#include <cstdint>

namespace opentrt {

inline constexpr int64_t kMostElements = 0x7fffffff;

}  // namespace opentrt
