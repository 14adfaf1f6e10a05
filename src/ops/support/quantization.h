// SPDX-License-Identifier: Apache-2.0
// How the scale of Quantize and Dequantize is spread over the data: per tensor, per axis, or per block.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

struct ScaleRule {
    int64_t axis;
    const std::vector<int64_t>& blockShape;
};

//! Checks the scale (input 1) and zero point (input 2, of type `zeroType`) against the data.
void checkScale(const InferContext& context, const ScaleRule& rule, DType zeroType);

//! For every element of the data in order, the place of its scale.
std::vector<int64_t> scalePlaces(const EvalContext& context, const ScaleRule& rule);

}  // namespace opentrt::ops
