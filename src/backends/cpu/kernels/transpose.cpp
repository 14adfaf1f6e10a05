// SPDX-License-Identifier: Apache-2.0
// A block of 4-byte elements is as many rows as a vector has lanes and 4 columns: pieces of four elements of the rows
// are gathered so that transposing the 4x4 pieces within each 128-bit part leaves whole columns in order. Blocks of
// 2-byte elements are 8x8. Tested by copy_test.cpp.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/transpose.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/transpose.h"

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
void transposeScalar(int64_t rows, int64_t cols, const T* src, int64_t srcStride, T* dst, int64_t dstStride) {
    constexpr int64_t kBlock = 16;
    for (int64_t r0 = 0; r0 < rows; r0 += kBlock)
        for (int64_t c0 = 0; c0 < cols; c0 += kBlock)
            for (int64_t c = c0; c < std::min(cols, c0 + kBlock); ++c)
                for (int64_t r = r0; r < std::min(rows, r0 + kBlock); ++r)
                    dst[c * dstStride + r] = src[r * srcStride + c];
}

#if HWY_TARGET != HWY_SCALAR

using Quad = hn::Full128<uint32_t>;

//! Four elements each of rows 0, 4, 8, ... up to the lanes of D.
template <class D>
HWY_INLINE hn::Vec<D> loadPieces(D d, const uint32_t* src, int64_t stride) {
    constexpr size_t lanes = hn::MaxLanes(d);
    if constexpr (lanes == 4) {
        return hn::LoadU(d, src);
    } else {
        const hn::Half<D> half;
        return hn::Combine(d, loadPieces(half, src + static_cast<int64_t>(lanes) / 2 * stride, stride),
                           loadPieces(half, src, stride));
    }
}

//! Transposes a strip of as many rows as D has lanes.
template <class D>
void transposeStrip(D d, int64_t cols, const uint32_t* src, int64_t srcStride, uint32_t* dst, int64_t dstStride) {
    const hn::Repartition<uint64_t, D> d64;
    const auto pairs = [&](auto a, auto b, uint32_t* low, uint32_t* high) HWY_ATTR {
        const auto x = hn::BitCast(d64, a), y = hn::BitCast(d64, b);
        hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d64, x, y)), d, low);
        hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d64, x, y)), d, high);
    };
    int64_t c = 0;
    for (; c + 4 <= cols; c += 4) {
        const auto v0 = loadPieces(d, src + c, srcStride), v1 = loadPieces(d, src + c + srcStride, srcStride);
        const auto v2 = loadPieces(d, src + c + 2 * srcStride, srcStride);
        const auto v3 = loadPieces(d, src + c + 3 * srcStride, srcStride);
        uint32_t* to = dst + c * dstStride;
        pairs(hn::InterleaveLower(d, v0, v1), hn::InterleaveLower(d, v2, v3), to, to + dstStride);
        pairs(hn::InterleaveUpper(d, v0, v1), hn::InterleaveUpper(d, v2, v3), to + 2 * dstStride, to + 3 * dstStride);
    }
    for (; c < cols; ++c)
        for (int64_t r = 0; r < static_cast<int64_t>(hn::MaxLanes(d)); ++r)
            dst[c * dstStride + r] = src[r * srcStride + c];
}

void transpose32(int64_t rows, int64_t cols, const uint32_t* src, int64_t srcStride, uint32_t* dst, int64_t dstStride) {
    int64_t r = 0;
    const auto strips = [&](auto d) HWY_ATTR {
        constexpr auto lanes = static_cast<int64_t>(hn::MaxLanes(d));
        for (; r + lanes <= rows; r += lanes)
            transposeStrip(d, cols, src + r * srcStride, srcStride, dst + r, dstStride);
    };
    strips(hn::CappedTag<uint32_t, 16>());
    strips(hn::CappedTag<uint32_t, 8>());
    strips(Quad());
    transposeScalar(rows - r, cols, src + r * srcStride, srcStride, dst + r, dstStride);
}

void transpose16(int64_t rows, int64_t cols, const uint16_t* src, int64_t srcStride, uint16_t* dst, int64_t dstStride) {
    const hn::Full128<uint16_t> d;
    const hn::Full128<uint32_t> d32;
    const hn::Full128<uint64_t> d64;
    const int64_t wholeRows = rows / 8 * 8, wholeCols = cols / 8 * 8;
    for (int64_t r = 0; r < wholeRows; r += 8) {
        for (int64_t c = 0; c < wholeCols; c += 8) {
            hn::Vec<decltype(d)> v[8], w[8];
            for (int i = 0; i < 8; ++i) v[i] = hn::LoadU(d, src + (r + i) * srcStride + c);
            // Each round joins rows 1, 2, then 4 apart into elements twice as wide.
            for (int i = 0; i < 4; ++i) {
                w[2 * i] = hn::InterleaveLower(d, v[2 * i], v[2 * i + 1]);
                w[2 * i + 1] = hn::InterleaveUpper(d, v[2 * i], v[2 * i + 1]);
            }
            for (int i = 0; i < 8; i += 4) {
                for (int k = 0; k < 2; ++k) {
                    const auto x = hn::BitCast(d32, w[i + k]), y = hn::BitCast(d32, w[i + k + 2]);
                    v[i + 2 * k] = hn::BitCast(d, hn::InterleaveLower(d32, x, y));
                    v[i + 2 * k + 1] = hn::BitCast(d, hn::InterleaveUpper(d32, x, y));
                }
            }
            for (int k = 0; k < 4; ++k) {
                const auto x = hn::BitCast(d64, v[k]), y = hn::BitCast(d64, v[k + 4]);
                uint16_t* to = dst + (c + 2 * k) * dstStride + r;
                hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d64, x, y)), d, to);
                hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d64, x, y)), d, to + dstStride);
            }
        }
    }
    transposeScalar(wholeRows, cols - wholeCols, src + wholeCols, srcStride, dst + wholeCols * dstStride, dstStride);
    transposeScalar(rows - wholeRows, cols, src + wholeRows * srcStride, srcStride, dst + wholeRows, dstStride);
}

#else

void transpose32(int64_t rows, int64_t cols, const uint32_t* src, int64_t srcStride, uint32_t* dst, int64_t dstStride) {
    transposeScalar(rows, cols, src, srcStride, dst, dstStride);
}
void transpose16(int64_t rows, int64_t cols, const uint16_t* src, int64_t srcStride, uint16_t* dst, int64_t dstStride) {
    transposeScalar(rows, cols, src, srcStride, dst, dstStride);
}

#endif

void transposeHere(int64_t elementSize, int64_t rows, int64_t cols, const void* src, int64_t srcStride, void* dst,
                   int64_t dstStride) {
    const auto run = [&](auto f, auto* type) {
        using T = std::remove_pointer_t<decltype(type)>;
        f(rows, cols, static_cast<const T*>(src), srcStride, static_cast<T*>(dst), dstStride);
    };
    if (elementSize == 4) return run(transpose32, static_cast<uint32_t*>(nullptr));
    if (elementSize == 2) return run(transpose16, static_cast<uint16_t*>(nullptr));
    if (elementSize == 1) return run(transposeScalar<uint8_t>, static_cast<uint8_t*>(nullptr));
    run(transposeScalar<uint64_t>, static_cast<uint64_t*>(nullptr));
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace opentrt::cpu::kernels {

HWY_EXPORT(transposeHere);
void transpose2d(int64_t elementSize, int64_t rows, int64_t cols, const void* src, int64_t srcStride, void* dst,
                 int64_t dstStride) {
    HWY_DYNAMIC_DISPATCH(transposeHere)(elementSize, rows, cols, src, srcStride, dst, dstStride);
}

}  // namespace opentrt::cpu::kernels
#endif
