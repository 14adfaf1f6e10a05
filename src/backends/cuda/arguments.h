// SPDX-License-Identifier: Apache-2.0
// What kernels are told about tensors: strides of formats, dimensions merged where that is possible, numbers to divide
// by. The structs have the layout of those in code/.
#pragma once
#include <cstdint>
#include <vector>

#include "backends/backend.h"

namespace opentrt::cuda {

using Dims = std::vector<int64_t>;

//! code/prelude.cu: quotient(n, divisor) for n < 2^31.
struct Divisor {
    uint32_t d = 1, magic = 0, shift = 0;
    Divisor() = default;
    explicit Divisor(int64_t number);
};

//! Strides in elements of a dense tensor in a format, by logical dimension. Throws Error for blocked formats.
Dims stridesIn(Format format, const Dims& dims);
//! The logical dimensions in the order in which the format has them in memory.
std::vector<size_t> memoryOrder(Format format, size_t rank);
//! Zero where the operand has one element along a dimension of `dims`.
Dims broadcast(const Dims& operand, Dims strides);

//! A walk over dimensions with one list of strides for each operand. Dimensions of one element are left out, and
//! neighbours are merged where that is the same walk for all operands.
struct Walk {
    Dims dims;
    std::vector<Dims> strides;  //!< by operand

    void simplify();
    int64_t count() const { return volumeOf(dims); }
};

//! Throws Error(Unsupported) when kernels cannot count so many.
uint32_t requireCount(int64_t count);

//! Blocks of `threads` for so many pieces of work that each thread takes several of when there are very many.
int64_t blocksFor(int64_t pieces, int threads);

//! Bytes of a whole element.
inline int64_t bytesOf(DType type) {
    return bitsOf(type) / 8;
}

}  // namespace opentrt::cuda
