// SPDX-License-Identifier: Apache-2.0
// The checks that inference of most operators shares, so that equal mistakes are refused in equal words. A size that is
// not known at build time passes; the run checks it.
#pragma once
#include <array>
#include <span>
#include <string>

#include "graph/op.h"

namespace opentrt::ops {

inline constexpr std::array kReals{DType::F32, DType::F16, DType::BF16};
inline constexpr std::array kRealsAndInts{DType::F32, DType::F16, DType::BF16, DType::I32, DType::I64};
//! Operands of quantized products.
inline constexpr std::array kNarrowFactors{DType::I8, DType::F8};
inline constexpr std::array kIndexTypes{DType::I32, DType::I64};

//! "input 1 is i32 when it should be f32, f16 or bf16".
void requireType(const InferContext& context, int input, std::span<const DType> allowed);
void requireSameType(const InferContext& context, int a, int b);
void requireRank(const InferContext& context, int input, int64_t rank);
void requireRankAtLeast(const InferContext& context, int input, int64_t rank);
//! Type i32 or i64 and rank 1 (or 0 with `scalar`).
void requireIndices(const InferContext& context, int input, int64_t rank);
//! Rank 0, or one element.
void requireSingle(const InferContext& context, int input);
//! An attribute that names a type: "indicesType is f32 when it should be i32 or i64".
void requireTypeIn(const InferContext& context, const char* what, DType type, std::span<const DType> allowed);

//! True when the two are known to differ, whatever the values of their symbols.
bool differ(const Dim& a, const Dim& b);
//! "<what> is <a> when it should be <b>".
void requireSame(const InferContext& context, const std::string& what, const Dim& a, const Dim& b);
void requireSameShape(const InferContext& context, int a, int b);

//! Size of two dimensions that are equal or 1; nothing when they are known not to fit. Of two unknown ones it is the
//! larger, which the run refutes when one of them turns out to be 1 and the other 0.
std::optional<Dim> broadcast(const Dim& a, const Dim& b);
//! Common shape of the inputs, which have equal rank and broadcast.
Shape broadcastInputs(const InferContext& context, int first, int count);
//! Refuses `input` unless its dimensions equal those of `shape` or are 1, ranks being equal.
void requireBroadcastsTo(const InferContext& context, int input, const Shape& shape);

//! Axes in [0, rank), ascending; refuses repetition.
std::vector<int64_t> normalizedAxes(const InferContext& context, const std::vector<int64_t>& axes, int64_t rank);
//! The same at evaluation, where inference has checked already.
std::vector<int64_t> normalizedAxes(std::vector<int64_t> axes, int64_t rank);
inline int64_t normalizedAxis(int64_t axis, int64_t rank) {
    return axis < 0 ? axis + rank : axis;
}

//! Product of the dimensions for cost estimates: unknown sizes count as 1.
double roughVolume(const Shape& shape);
double roughSize(const Dim& dim);

}  // namespace opentrt::ops
