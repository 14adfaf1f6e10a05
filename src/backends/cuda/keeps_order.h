// SPDX-License-Identifier: Apache-2.0
// Whether pointwise operators never make the larger of two numbers the smaller one: then the largest of several results
// is what they make of the largest sum.
#pragma once
#include "backends/region.h"

namespace opentrt::cuda {

//! In its first input, with the others as they are; `notNegative` says which of these are known not to be below 0.
bool keepsOrder(const ScalarProgram& program, const std::vector<bool>& notNegative);
//! The same of what stands behind the anchor.
bool keepsOrder(const RegionView& region);

}  // namespace opentrt::cuda
