// SPDX-License-Identifier: Apache-2.0
// Movement of elements of 1, 2, 4 or 8 bytes without looking at them: transpose, strided copy (slice, concatenation,
// padding, expansion), gather of rows, fill. Plans merge dims once; run() is parallel and allocates nothing.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/types.h"

namespace opentrt::cpu::kernels {

//! dst[i...] = src[i...] over `dims` with any strides (elements, may be 0 or negative in src; dst must not overlap
//! itself). Transposes go through in-register blocks, contiguous inner runs through wide copies.
class CopyPlan {
public:
    CopyPlan(int64_t elementSize, std::span<const int64_t> dims, std::span<const int64_t> srcStrides,
             std::span<const int64_t> dstStrides);
    void run(const void* src, void* dst) const;

    enum class Kind : uint8_t { Contiguous, Rows, Transpose, Broadcast, Generic };
    Kind kind() const { return kind_; }

private:
    int64_t elementSize_;
    Kind kind_ = Kind::Generic;
    std::vector<int64_t> dims_, src_, dst_;  // merged, ordered by dst stride, innermost last
    int64_t count_ = 0;
    int transposeDim_ = -1;  // the dim whose src stride is 1
};

//! Plan of dst = transpose(src): dim i of dst is dim perm[i] of the dense src.
CopyPlan transposePlan(int64_t elementSize, std::span<const int64_t> srcDims, std::span<const int32_t> perm);

//! dst[o][i][:] = src[o][indices[i]][:] with `inner` bytes in a row; negative indices count from the end of `axis`;
//! indices out of range give zeros. Index type I32 or I64.
void gatherRows(int64_t outer, int64_t axis, int64_t innerBytes, const void* src, DType indexType, const void* indices,
                int64_t indexCount, void* dst);

//! `count` elements of the pattern at `value`.
void fill(void* dst, int64_t count, int64_t elementSize, const void* value);

//! Conversion between any two types (I4 and F4 packed two to a byte), same rules as ScalarOp::Cast. Parallel.
void castArray(DType from, const void* src, DType to, void* dst, int64_t count);

}  // namespace opentrt::cpu::kernels
