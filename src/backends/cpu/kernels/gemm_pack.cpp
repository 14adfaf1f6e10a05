// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/gemm_pack.h"

#include <algorithm>

#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/parallel.h"
#include "base/half.h"

namespace opentrt::cpu::kernels {
namespace {

template <class T, class Convert>
void packPanelAs(int64_t k, int64_t cols, const float* from, int64_t rowStride, int64_t colStride, T* to,
                 Convert convert) {
    if (colStride == 1) {
        for (int64_t row = 0; row < k; ++row, to += kPanel) {
            for (int64_t c = 0; c < cols; ++c) to[c] = convert(from[row * rowStride + c]);
            for (int64_t c = cols; c < kPanel; ++c) to[c] = T{};
        }
        return;
    }
    // Blocks of 16 rows: a transposed matrix is read along its rows and the block of the panel stays in L1.
    for (int64_t first = 0; first < k; first += kPanel) {
        const int64_t end = std::min(first + kPanel, k);
        for (int64_t c = 0; c < kPanel; ++c)
            for (int64_t row = first; row < end; ++row)
                to[row * kPanel + c] = c < cols ? convert(from[row * rowStride + c * colStride]) : T{};
    }
}

template <class T, class Convert>
void packAs(int64_t k, int64_t n, const float* b, int64_t rowStride, int64_t colStride, T* packed, Convert convert) {
    parallelTasks(ceilDiv(n, kPanel), k * kPanel / 4, [&](int64_t panel) {
        packPanelAs(k, std::min(kPanel, n - panel * kPanel), b + panel * kPanel * colStride, rowStride, colStride,
                    packed + panel * kPanel * k, convert);
    });
}

const auto kSame = [](float v) { return v; };

}  // namespace

int64_t packedSize(int64_t k, int64_t n) {
    return k * roundUpTo16(n);
}

void packPanel(int64_t k, int64_t cols, const float* b, int64_t rowStride, int64_t colStride, float* packed) {
    packPanelAs(k, cols, b, rowStride, colStride, packed, kSame);
}

void packB(int64_t k, int64_t n, const float* b, int64_t rowStride, int64_t colStride, float* packed) {
    packAs(k, n, b, rowStride, colStride, packed, kSame);
}

void packBHalf(DType type, int64_t k, int64_t n, const float* b, int64_t rowStride, int64_t colStride,
               uint16_t* packed) {
    if (type == DType::F16) return packAs(k, n, b, rowStride, colStride, packed, floatToF16);
    packAs(k, n, b, rowStride, colStride, packed, floatToBf16);
}

}  // namespace opentrt::cpu::kernels
