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
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

//! Elements that are wide because some are moved as one need not be aligned.
template <class T>
HWY_INLINE void moveOne(const T* from, T* to) {
    std::memcpy(static_cast<void*>(to), static_cast<const void*>(from), sizeof(T));
}

template <class T>
void transposeScalar(int64_t rows, int64_t cols, const T* src, int64_t srcStride, T* dst, int64_t dstStride) {
    constexpr int64_t kBlock = 16;
    for (int64_t r0 = 0; r0 < rows; r0 += kBlock)
        for (int64_t c0 = 0; c0 < cols; c0 += kBlock)
            for (int64_t c = c0; c < std::min(cols, c0 + kBlock); ++c)
                for (int64_t r = r0; r < std::min(rows, r0 + kBlock); ++r)
                    moveOne(src + r * srcStride + c, dst + c * dstStride + r);
}

#if HWY_TARGET != HWY_SCALAR

//! The 4x4 pieces in each 128-bit part of four rows: v[c] then holds column c of each piece.
template <class D, class V>
HWY_INLINE void transposePieces(D d, V& v0, V& v1, V& v2, V& v3) {
    const hn::Repartition<uint64_t, D> d64;
    const auto low = [&](V a, V b) HWY_ATTR {
        return hn::BitCast(d, hn::InterleaveLower(d64, hn::BitCast(d64, a), hn::BitCast(d64, b)));
    };
    const auto high = [&](V a, V b) HWY_ATTR {
        return hn::BitCast(d, hn::InterleaveUpper(d64, hn::BitCast(d64, a), hn::BitCast(d64, b)));
    };
    const V a = hn::InterleaveLower(d, v0, v1), b = hn::InterleaveUpper(d, v0, v1);
    const V c = hn::InterleaveLower(d, v2, v3), e = hn::InterleaveUpper(d, v2, v3);
    v0 = low(a, c);
    v1 = high(a, c);
    v2 = low(b, e);
    v3 = high(b, e);
}

//! A square block of as many rows as D has lanes.
template <class D>
HWY_INLINE void transposeBlock(D d, const uint32_t* src, int64_t srcStride, uint32_t* dst, int64_t dstStride) {
    using V = hn::Vec<D>;
    constexpr int lanes = static_cast<int>(hn::MaxLanes(d)), parts = lanes / 4;
    V v[parts][4];  // by group of four rows
#pragma GCC unroll 4
    for (int g = 0; g < parts; ++g) {
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) v[g][i] = hn::LoadU(d, src + (g * 4 + i) * srcStride);
        transposePieces(d, v[g][0], v[g][1], v[g][2], v[g][3]);
    }
    const auto put = [&](int column, V column16) HWY_ATTR { hn::StoreU(column16, d, dst + column * dstStride); };
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        if constexpr (parts == 1) {
            put(i, v[0][i]);
        } else if constexpr (parts == 2) {
            put(i, hn::ConcatLowerLower(d, v[1][i], v[0][i]));
            put(4 + i, hn::ConcatUpperUpper(d, v[1][i], v[0][i]));
        } else {
            const auto exchange = [&](int column, V even, V odd) HWY_ATTR {
                put(column, hn::OddEvenBlocks(hn::SwapAdjacentBlocks(odd), even));
                put(column + 4, hn::OddEvenBlocks(odd, hn::SwapAdjacentBlocks(even)));
            };
            exchange(i, hn::ConcatLowerLower(d, v[2][i], v[0][i]), hn::ConcatLowerLower(d, v[3][i], v[1][i]));
            exchange(8 + i, hn::ConcatUpperUpper(d, v[2][i], v[0][i]), hn::ConcatUpperUpper(d, v[3][i], v[1][i]));
        }
    }
}

//! As many rows as D has lanes, any number of columns.
template <class D>
void transposeStrip(D d, int64_t cols, const uint32_t* src, int64_t srcStride, uint32_t* dst, int64_t dstStride) {
    constexpr auto lanes = static_cast<int64_t>(hn::MaxLanes(d));
    int64_t c = 0;
    for (; c + lanes <= cols; c += lanes) transposeBlock(d, src + c, srcStride, dst + c * dstStride, dstStride);
    for (; c < cols; ++c)
        for (int64_t r = 0; r < lanes; ++r) moveOne(src + r * srcStride + c, dst + c * dstStride + r);
}

//! dst[c][r] dense, for two to four rows: interleaving.
template <class T>
void interleave(int64_t rows, int64_t cols, const T* src, int64_t srcStride, T* dst) {
    const hn::ScalableTag<T> d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    const T *a = src, *b = src + srcStride, *e = b + (rows > 2 ? srcStride : 0), *f = e + (rows > 3 ? srcStride : 0);
    int64_t c = 0;
    for (; c + lanes <= cols; c += lanes) {
        const auto va = hn::LoadU(d, a + c), vb = hn::LoadU(d, b + c);
        if (rows == 2) {
            hn::StoreInterleaved2(va, vb, d, dst + c * 2);
        } else if (rows == 3) {
            hn::StoreInterleaved3(va, vb, hn::LoadU(d, e + c), d, dst + c * 3);
        } else {
            hn::StoreInterleaved4(va, vb, hn::LoadU(d, e + c), hn::LoadU(d, f + c), d, dst + c * 4);
        }
    }
    transposeScalar(rows, cols - c, src + c, srcStride, dst + c * rows, rows);
}

//! src[r][c] dense with two to four columns: taking apart.
template <class T>
void deinterleave(int64_t rows, int64_t cols, const T* src, T* dst, int64_t dstStride) {
    const hn::ScalableTag<T> d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t r = 0;
    hn::Vec<decltype(d)> a, b, e, f;
    for (; r + lanes <= rows; r += lanes) {
        if (cols == 2) {
            hn::LoadInterleaved2(d, src + r * 2, a, b);
        } else if (cols == 3) {
            hn::LoadInterleaved3(d, src + r * 3, a, b, e);
            hn::StoreU(e, d, dst + 2 * dstStride + r);
        } else {
            hn::LoadInterleaved4(d, src + r * 4, a, b, e, f);
            hn::StoreU(e, d, dst + 2 * dstStride + r);
            hn::StoreU(f, d, dst + 3 * dstStride + r);
        }
        hn::StoreU(a, d, dst + r);
        hn::StoreU(b, d, dst + dstStride + r);
    }
    transposeScalar(rows - r, cols, src + r * cols, cols, dst + r, dstStride);
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
    strips(hn::Full128<uint32_t>());
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

//! 64 bytes or less of each run, in vectors of `bytes`.
template <size_t bytes>
void copyVectors(int64_t count, const uint8_t* src, int64_t srcStep, uint8_t* dst, int64_t dstStep) {
    const hn::CappedTag<uint8_t, bytes> d;
    for (int64_t i = 0; i < count; ++i)
        for (size_t k = 0; k < bytes; k += hn::MaxLanes(d))
            hn::StoreU(hn::LoadU(d, src + i * srcStep + k), d, dst + i * dstStep + k);
}

template <class T>
bool transposeFew(int64_t rows, int64_t cols, const T* src, int64_t srcStride, T* dst, int64_t dstStride) {
    if (rows >= 2 && rows <= 4 && dstStride == rows && cols > rows) {
        interleave(rows, cols, src, srcStride, dst);
        return true;
    }
    if (cols >= 2 && cols <= 4 && srcStride == cols && rows > cols) {
        deinterleave(rows, cols, src, dst, dstStride);
        return true;
    }
    return false;
}

#else

template <size_t bytes>
void copyVectors(int64_t count, const uint8_t* src, int64_t srcStep, uint8_t* dst, int64_t dstStep) {
    for (int64_t i = 0; i < count; ++i) std::memcpy(dst + i * dstStep, src + i * srcStep, bytes);
}
template <class T>
bool transposeFew(int64_t, int64_t, const T*, int64_t, T*, int64_t) {
    return false;
}
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
        const auto* from = static_cast<const T*>(src);
        auto* to = static_cast<T*>(dst);
        if constexpr (sizeof(T) < 8)
            if (transposeFew(rows, cols, from, srcStride, to, dstStride)) return;
        f(rows, cols, from, srcStride, to, dstStride);
    };
    if (elementSize == 4) return run(transpose32, static_cast<uint32_t*>(nullptr));
    if (elementSize == 2) return run(transpose16, static_cast<uint16_t*>(nullptr));
    if (elementSize == 1) return run(transposeScalar<uint8_t>, static_cast<uint8_t*>(nullptr));
    run(transposeScalar<uint64_t>, static_cast<uint64_t*>(nullptr));
}

void copyRunsHere(int64_t bytes, int64_t count, const void* src, int64_t srcStep, void* dst, int64_t dstStep) {
    const auto* from = static_cast<const uint8_t*>(src);
    auto* to = static_cast<uint8_t*>(dst);
    if (bytes == 64) return copyVectors<64>(count, from, srcStep, to, dstStep);
    if (bytes == 32) return copyVectors<32>(count, from, srcStep, to, dstStep);
    if (bytes == 16) return copyVectors<16>(count, from, srcStep, to, dstStep);
    if (bytes < 64 && bytes % 4 == 0) {
        for (int64_t i = 0; i < count; ++i)
            for (int64_t k = 0; k < bytes; k += 4) std::memcpy(to + i * dstStep + k, from + i * srcStep + k, 4);
        return;
    }
    for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * dstStep, from + i * srcStep, static_cast<size_t>(bytes));
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

HWY_EXPORT(copyRunsHere);
void copyRuns(int64_t bytes, int64_t count, const void* src, int64_t srcStep, void* dst, int64_t dstStep) {
    HWY_DYNAMIC_DISPATCH(copyRunsHere)(bytes, count, src, srcStep, dst, dstStep);
}

}  // namespace opentrt::cpu::kernels
#endif
