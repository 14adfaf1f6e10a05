// SPDX-License-Identifier: Apache-2.0
// How softmax, normalisations and reductions see a tensor: rows of elements (code/rows.cu).
#pragma once
#include "backends/cuda/arguments.h"
#include "backends/cuda/family.h"
#include "ops/reduce.h"

namespace opentrt::cuda {

//! Layout of code/rows.cu.
struct RowsArgs {
    const void* in[3] = {};
    void* out = nullptr;
    uint32_t rows = 0, count = 0;
    uint32_t rowRank = 0, elementRank = 0;
    Divisor rowDim[8], elementDim[8];
    int64_t rowStride[4][8] = {}, elementStride[4][8] = {};
    float epsilon = 0;
};

//! Operands in the kernels' order; those that are left out have no strides.
enum RowsOperand { kData, kScale, kBias, kResult, kRowsOperands };

//! The arguments for `dims`, of which those in `isElement` make up a row. `strides` are by operand, then dimension.
//! The number of blocks or threads is `rows`.
RowsArgs rowsOf(const Dims& dims, const std::vector<bool>& isElement, const std::vector<Dims>& strides);
//! Threads of a block that takes a row of so many elements.
int rowThreads(int64_t count);
//! How a reduction folds: type N of its numbers, START, combine(a, b), finish(x, count).
std::string foldCode(const ops::Reduce& op, DType type);
//! How windows over images in channels-last order are pooled: struct Pooled of `width` channels (code/pooled.cu).
std::string pooledCode(DType type, int64_t width, bool maximum);
//! "typedef f16 T;"
std::string typeLine(const char* name, DType type);

}  // namespace opentrt::cuda
