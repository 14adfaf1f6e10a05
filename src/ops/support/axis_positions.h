// SPDX-License-Identifier: Apache-2.0
// Movement that treats every axis by itself: output position i along an axis reads input position list[i], or a fill
// value where that is -1. Slice and Padding are of this kind.
#pragma once
#include <vector>

#include "graph/tensor.h"
#include "ops/sample_mode.h"

namespace opentrt::ops {

//! Position inside [0, size) that stands for `position`, or -1 for none (fill, and everything outside for strict).
int64_t positionInside(__int128 position, int64_t size, SampleMode mode);
//! Positions start, start + stride, ... of a slice along an axis of `size` elements.
std::vector<int64_t> axisPositions(int64_t size, int64_t start, int64_t count, int64_t stride, SampleMode mode);
//! Fills `out`, whose dimensions are the lengths of the lists.
void moveByPositions(Tensor& out, const Tensor& in, const std::vector<std::vector<int64_t>>& positions,
                     const Tensor* fill = nullptr);

}  // namespace opentrt::ops
