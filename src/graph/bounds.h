// SPDX-License-Identifier: Apache-2.0
// How large a tensor may be at all.
#pragma once
#include "graph/dim.h"
#include "graph/limits.h"

namespace opentrt {

//! No shape has more dimensions.
inline constexpr size_t kMaxRank = 64;

//! Refuses more than kMaxRank dimensions, negative ones, and more than kMostElements; `owner` is the layer or input
//! that the Error names.
void requireBounded(const Shape& shape, const std::string& owner);

}  // namespace opentrt
