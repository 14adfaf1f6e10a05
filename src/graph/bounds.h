// SPDX-License-Identifier: Apache-2.0
// How large a tensor may be at all.
#pragma once
#include "graph/dim.h"
#include "graph/limits.h"

namespace opentrt {

//! Refuses negative dimensions and more than kMostElements; `owner` is the layer or input that the Error names.
void requireBounded(const Shape& shape, const std::string& owner);

}  // namespace opentrt
