// SPDX-License-Identifier: Apache-2.0
// The rules behind fold(), by family. Each returns nothing when it cannot tell.
#pragma once
#include <optional>
#include <span>

#include "model/onnx/fold.h"

namespace opentrt::model {

using Folded = std::optional<Elements>;
using FoldInputs = std::span<const FoldInput>;

//! Input `i` with tracked contents, or null.
inline const Elements* contentsAt(FoldInputs inputs, size_t i) {
    return i < inputs.size() ? inputs[i].elements.get() : nullptr;
}
//! Attribute up to some opset, input `i` after it; nothing when given but not known. Absent: `fallback`.
std::optional<std::vector<int64_t>> integersAt(const Node& node, const char* attribute, FoldInputs inputs, size_t i,
                                               std::vector<int64_t> fallback);
//! Axis in [0, rank), or nothing.
std::optional<size_t> axisOf(int64_t axis, int64_t rank);
std::optional<std::vector<int64_t>> broadcastDims(const std::vector<int64_t>& a, const std::vector<int64_t>& b);
//! Offset in an operand with dimensions `dims` of element `flat` of the broadcast result `out`.
size_t broadcastOffset(const std::vector<int64_t>& dims, const std::vector<int64_t>& out, size_t flat);

// Arithmetic (fold_arithmetic.cpp)
Folded foldUnary(const Node& node, FoldInputs inputs);
Folded foldBinary(const Node& node, FoldInputs inputs);
Folded foldSelect(const Node& node, FoldInputs inputs);
Folded foldCast(const Node& node, FoldInputs inputs);
Folded foldReduce(const Node& node, FoldInputs inputs);
Folded foldRange(const Node& node, FoldInputs inputs);

// Movement (fold_movement.cpp)
Folded foldShape(const Node& node, FoldInputs inputs);
Folded foldSize(const Node& node, FoldInputs inputs);
Folded foldReshape(const Node& node, FoldInputs inputs);  //!< Reshape, Squeeze, Unsqueeze, Flatten, Identity
Folded foldConcat(const Node& node, FoldInputs inputs);
Folded foldGather(const Node& node, FoldInputs inputs);
Folded foldSlice(const Node& node, FoldInputs inputs);
Folded foldExpand(const Node& node, FoldInputs inputs);
Folded foldConstantOfShape(const Node& node, FoldInputs inputs);
Folded foldTranspose(const Node& node, FoldInputs inputs);

}  // namespace opentrt::model
