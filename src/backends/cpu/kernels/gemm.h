// SPDX-License-Identifier: Apache-2.0
// Single precision matrix product with a packed right-hand side: C = epilogue(A * B).
//
// B is packed once into panels of 16 columns: packed[n/16][k][n%16], columns beyond n zero. The panel width is the same
// for every CPU, so packed weights may be stored in a plan. A and C are addressed in blocks of 16 along k and n:
//   A(r, k) = a[r * aRow + (k / 16) * aBlock + k % 16]      C(r, n) = c[r * cRow + (n / 16) * cBlock + n % 16]
// so that one kernel serves row-major matrices (block stride 16), NHWC and nChw16c 1x1 convolution (block stride
// height * width * 16), and Winograd. Every output is summed in the order of k by one thread: results do not depend on
// the number of threads. No workspace is needed except for gemmBatched.
#pragma once
#include <cstdint>
#include <limits>
#include <span>

#include "backends/cpu/kernels/pointwise.h"
#include "base/types.h"

namespace opentrt::cpu::kernels {

inline constexpr int64_t kPanel = 16;
inline int64_t roundUpTo16(int64_t value) {
    return (value + kPanel - 1) / kPanel * kPanel;
}

//! An operand of an epilogue program: element (r, n) is data[r * row + (n / 16) * block + (n % 16) * col].
//! A per-column vector has row 0, block 16, col 1; a per-row vector row 1, block 0, col 0.
struct GemmOperand {
    const void* data = nullptr;
    int64_t row = 0, block = 16, col = 1;
};

//! What happens to A * B before it is stored, in this order: bias, residual, clamp, program.
struct GemmEpilogue {
    const float* bias = nullptr;      //!< [n]
    const float* rowBias = nullptr;   //!< [m]
    const float* residual = nullptr;  //!< added; may be C itself
    int64_t residualRow = 0, residualBlock = 16;
    float clampLow = -std::numeric_limits<float>::infinity();  //!< relu is [0, inf]
    float clampHigh = std::numeric_limits<float>::infinity();
    //! Input 0 is the value so far (F32), inputs 1.. are `operands`; the one output is F32 and replaces C.
    const PointwiseProgram* program = nullptr;
    std::span<const GemmOperand> operands;
};

struct GemmArgs {
    int64_t m = 0, n = 0, k = 0;
    const float* a = nullptr;
    int64_t aRow = 0, aBlock = 16;
    //! Packed by packB, or by packBHalf when bType is F16 or BF16: half the bytes to read, for when m is small.
    const void* b = nullptr;
    DType bType = DType::F32;
    float* c = nullptr;
    int64_t cRow = 0, cBlock = 16;
    //! Also write the columns that pad n to a multiple of 16, as blocked layouts have them. Bias, residual and operands
    //! must then be padded, too.
    bool padColumns = false;
    GemmEpilogue epilogue;
};

//! Elements that packed B takes.
int64_t packedSize(int64_t k, int64_t n);
//! B(k, n) = b[k * rowStride + n * colStride]; a transposed weight has rowStride 1.
void packB(int64_t k, int64_t n, const float* b, int64_t rowStride, int64_t colStride, float* packed);
//! The same, rounded to `type`: F16 or BF16.
void packBHalf(DType type, int64_t k, int64_t n, const float* b, int64_t rowStride, int64_t colStride,
               uint16_t* packed);

//! Parallel over blocks of C.
void gemm(const GemmArgs& args);
//! On the calling thread.
void gemmSerial(const GemmArgs& args);

//! Independent products C_i = A_i * B_i with B not packed, as in MatrixMultiply of two activations. Strides between the
//! matrices of the batch are per operand, 0 repeats one matrix. `workspace` holds batchedWorkspace() floats.
struct BatchedGemmArgs {
    int64_t batch = 1;
    int64_t m = 0, n = 0, k = 0;
    const float* a = nullptr;
    int64_t aBatch = 0, aRow = 0, aCol = 1;
    const float* b = nullptr;
    int64_t bBatch = 0, bRow = 0, bCol = 1;
    float* c = nullptr;
    int64_t cBatch = 0, cRow = 0;
    //! Bias and clamp only.
    GemmEpilogue epilogue;
};
int64_t batchedWorkspace(const BatchedGemmArgs& args);
void gemmBatched(const BatchedGemmArgs& args, float* workspace);

}  // namespace opentrt::cpu::kernels
