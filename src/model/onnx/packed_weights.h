// SPDX-License-Identifier: Apache-2.0
// Constants of ONNX Runtime whose elements are codes of few bits with a scale for each block of an axis.
#pragma once
#include "model/onnx/context.h"

namespace opentrt::model {

struct PackedWeights {
    ConstantPtr codes;   //!< bytes with `bits` for each element along the last axis, low bits first, or elements
    ConstantPtr scales;  //!< one for each block; [rows] or [rows, 1] where a row is one block
    ConstantPtr zeros;   //!< as the scales, packed as the codes; null: the middle of bytes, 0 of elements
    int64_t bits = 4;
    int64_t block = 0;  //!< elements that share a scale; 0: the whole axis
    int axis = -1;
};

//! (code - zero) * scale. Fails where the sizes do not fit each other.
ConstantPtr unpacked(const PackedWeights& packed, DataType type);

}  // namespace opentrt::model
