// SPDX-License-Identifier: Apache-2.0
// Movement of elements of 1, 2, 4 or 8 bytes without looking at them: transpose, strided copy (slice, concatenation,
// padding, expansion), gather of rows, fill, and conversion of types. Plans merge dims once; run() is parallel and
// allocates nothing.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backends/cpu/kernels/pointwise.h"
#include "base/types.h"

namespace opentrt::cpu::kernels {

//! dst[i...] = src[i...] over `dims` with any strides: elements, in src also 0 (broadcast) or negative, in dst
//! positive. src and dst must not overlap. Transposes go through in-register blocks, contiguous inner runs through wide
//! copies.
class CopyPlan {
public:
    CopyPlan(int64_t elementSize, std::span<const int64_t> dims, std::span<const int64_t> srcStrides,
             std::span<const int64_t> dstStrides);
    void run(const void* src, void* dst) const;

    enum class Kind : uint8_t { Rows, Fill, Transpose, Generic };
    Kind kind() const { return kind_; }

private:
    void merge();
    void widen();
    void choose();
    void part(const char* src, char* dst, int64_t rows, int64_t cols) const;

    int64_t elementSize_;
    Kind kind_ = Kind::Generic;
    // Merged and ordered by dst stride, innermost last. For transposes the last two are the transposed ones.
    std::vector<int64_t> dims_, src_, dst_;
    int64_t outer_ = 1;  // product of all dims but the last two
    int64_t taskOuter_ = 1, taskRows_ = 1, taskCols_ = 1;
};

//! Plan of dst = transpose(src): dim i of dst is dim perm[i] of the dense src.
CopyPlan transposePlan(int64_t elementSize, std::span<const int64_t> srcDims, std::span<const int32_t> perm);

//! dst[o][i][:] = src[o][indices[i]][:] with `inner` bytes in a row; negative indices count from the end of `axis`;
//! indices out of range give zeros. Index type I32 or I64. Parallel over rows.
void gatherRows(int64_t outer, int64_t axis, int64_t innerBytes, const void* src, DType indexType, const void* indices,
                int64_t indexCount, void* dst);

//! `count` elements of the pattern at `value`. Parallel.
void fill(void* dst, int64_t count, int64_t elementSize, const void* value);

//! Conversion between any two types (I4 and F4 are packed two to a byte), same rules as ScalarOp::Cast. Parallel.
class CastKernel {
public:
    CastKernel(DType from, DType to);
    void run(const void* src, void* dst, int64_t count) const;

private:
    DType from_, to_;
    std::unique_ptr<PointwiseProgram> program_;  // null when a side is packed
};

//! The same in one call, for when the kernel is not kept.
void castArray(DType from, const void* src, DType to, void* dst, int64_t count);

}  // namespace opentrt::cpu::kernels
