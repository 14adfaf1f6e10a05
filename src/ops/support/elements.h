// SPDX-License-Identifier: Apache-2.0
// Contents of shape tensors as expressions, carried from inputs to outputs during inference (Fact::elements).
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "graph/op.h"
#include "ops/support/index.h"

namespace opentrt::ops {

using Elements = std::vector<Dim>;

//! Tensors above this size are not tracked; shape tensors have at most a few dozen elements.
inline constexpr int64_t kMaxTracked = 1024;

//! Upper bound of sizes of which nothing is known.
inline constexpr int64_t kAnySize = 0x7fffffff;

//! True when the size is known now and small enough to track.
bool trackable(const Shape& shape);
//! True when no value of the symbols makes it negative. Contents of shape inputs may be.
bool nonNegative(const Dim& value);
//! Sets the contents of an output after arithmetic. Narrow types are not tracked; constants wrap to the output's type,
//! while an expression is taken to fit it, as sizes do.
void trackComputed(InferContext& context, int output, DType type, Elements elements);
//! Elements of `input` repeated as needed to fill `shape`; nothing when they are not known or not trackable.
std::optional<Elements> broadcastElements(const InferContext& context, int input, const Shape& shape);

//! For operators that only move elements: runs `move` on a tensor of input 0's dimensions whose elements are their own
//! row-major positions, and reads off where each element of output 0 comes from; -1 stands for `outside`.
template <class Move>
void trackMovement(InferContext& context, const Shape& output, Move move, const Dim& outside = 0) {
    if (!isStatic(context.shape(0)) || !trackable(output)) return;
    const auto elements = context.elements(0);
    if (!elements) return;
    Tensor places(DType::I64, staticDims(context.shape(0)));
    for (int64_t i = 0; i < places.count(); ++i) places.setInt(i, i);
    Elements moved;
    for (int64_t place : Tensor(move(places)).toInts())
        moved.push_back(place < 0 ? outside : (*elements)[static_cast<size_t>(place)]);
    context.outputElements(0, std::move(moved));
}

//! Shape given by a tensor (an input with one integer per dimension): its contents, or data-dependent sizes bounded by
//! nothing better than the largest int32 when they are unknown.
Shape shapeFromInput(InferContext& context, int input, int output);
//! Length of a 1-D input, which must be known.
int64_t knownLength(const InferContext& context, int input);
//! The same of a list of dimensions, which has at most kMaxRank elements.
int64_t knownRank(const InferContext& context, int input);

}  // namespace opentrt::ops
