// SPDX-License-Identifier: Apache-2.0
// What TensorRT documents as limits of tensors, and so refuses by name here, though nothing else would stop them.
#pragma once
#include "graph/dim.h"

namespace opentrt {

inline constexpr int64_t kMostElements = 0x7fffffff;
//! Ours: no shape has more dimensions.
inline constexpr size_t kMaxRank = 64;

//! Refuses more than kMaxRank dimensions, negative ones, and more than kMostElements; `owner` is the layer or input
//! that the Error names.
void requireBounded(const Shape& shape, const std::string& owner);

}  // namespace opentrt
