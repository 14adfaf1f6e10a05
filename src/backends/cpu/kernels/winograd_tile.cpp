// SPDX-License-Identifier: Apache-2.0
// The matrices of Winograd's algorithm as additions and multiply-adds on columns, then on rows, of a tile.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/winograd_tile.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/winograd_tile.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));

template <int m>
struct Transform;

//! Points 0, 1, -1, infinity.
template <>
struct Transform<2> {
    static HWY_INLINE void input(const V (&d)[4], V (&t)[4]) {
        t[0] = hn::Sub(d[0], d[2]);
        t[1] = hn::Add(d[2], d[1]);
        t[2] = hn::Sub(d[2], d[1]);
        t[3] = hn::Sub(d[3], d[1]);
    }
    static HWY_INLINE void output(const V (&t)[4], V (&y)[2]) {
        y[0] = hn::Add(t[0], hn::Add(t[1], t[2]));
        y[1] = hn::Add(t[3], hn::Sub(t[1], t[2]));
    }
};

//! Points 0, a, -a, b, -b, infinity with a = 1 / sqrt(2) and b = sqrt(2).
template <>
struct Transform<4> {
    static constexpr float a = 0.70710678f, b = 1.41421356f;
    static HWY_INLINE V set(float v) { return hn::Set(D(), v); }

    static HWY_INLINE void input(const V (&d)[6], V (&t)[6]) {
        t[0] = hn::MulAdd(set(-2.5f), d[2], hn::Add(d[0], d[4]));
        const V evenA = hn::MulAdd(set(-2.0f), d[2], d[4]), oddA = hn::MulAdd(set(-2.0f), d[1], d[3]);
        t[1] = hn::MulAdd(set(a), oddA, evenA);
        t[2] = hn::NegMulAdd(set(a), oddA, evenA);
        const V evenB = hn::MulAdd(set(-0.5f), d[2], d[4]), oddB = hn::MulAdd(set(-0.5f), d[1], d[3]);
        t[3] = hn::MulAdd(set(b), oddB, evenB);
        t[4] = hn::NegMulAdd(set(b), oddB, evenB);
        t[5] = hn::MulAdd(set(-2.5f), d[3], hn::Add(d[1], d[5]));
    }
    static HWY_INLINE void output(const V (&t)[6], V (&y)[4]) {
        const V sumA = hn::Add(t[1], t[2]), differenceA = hn::Sub(t[1], t[2]);
        const V sumB = hn::Add(t[3], t[4]), differenceB = hn::Sub(t[3], t[4]);
        y[0] = hn::Add(t[0], hn::Add(sumA, sumB));
        y[1] = hn::MulAdd(set(b), differenceB, hn::Mul(set(a), differenceA));
        y[2] = hn::MulAdd(set(2.0f), sumB, hn::Mul(set(0.5f), sumA));
        y[3] = hn::MulAdd(set(b * 2), differenceB, hn::MulAdd(set(a / 2), differenceA, t[5]));
    }
};

template <int m>
void inputTile(const TilePixels& x, float* points, int64_t pointStride) {
    constexpr int n = m + 2;
    const D d;
    for (int lane = 0; lane < 16; lane += kLanes) {
        V rows[n][n];  // transformed along each row
#pragma GCC unroll 6
        for (int i = 0; i < n; ++i) {
            V pixels[n];
            const float* from = x.data + i * x.row + lane;
#pragma GCC unroll 6
            for (int j = 0; j < n; ++j) pixels[j] = hn::LoadU(d, from + j * x.pixel);
            Transform<m>::input(pixels, rows[i]);
        }
#pragma GCC unroll 6
        for (int j = 0; j < n; ++j) {
            V column[n], t[n];
#pragma GCC unroll 6
            for (int i = 0; i < n; ++i) column[i] = rows[i][j];
            Transform<m>::input(column, t);
#pragma GCC unroll 6
            for (int i = 0; i < n; ++i) hn::StoreU(t[i], d, points + (i * n + j) * pointStride + lane);
        }
    }
}

template <int m>
void outputTile(const WinogradResult& r) {
    constexpr int n = m + 2;
    const D d;
    const V low = hn::Set(d, r.low), high = hn::Set(d, r.high);
    for (int lane = 0; lane < 16; lane += kLanes) {
        V rows[m][n];
#pragma GCC unroll 6
        for (int j = 0; j < n; ++j) {
            V column[n], y[m];
#pragma GCC unroll 6
            for (int i = 0; i < n; ++i) column[i] = hn::LoadU(d, r.points + (i * n + j) * r.pointStride + lane);
            Transform<m>::output(column, y);
#pragma GCC unroll 4
            for (int i = 0; i < m; ++i) rows[i][j] = y[i];
        }
        const V bias = hn::LoadU(d, r.bias + lane);
#pragma GCC unroll 4
        for (int i = 0; i < m; ++i) {
            V y[m];
            Transform<m>::output(rows[i], y);
#pragma GCC unroll 4
            for (int j = 0; j < m; ++j) {
                V v = hn::Add(y[j], bias);
                if (r.residual)
                    v = hn::Add(v, hn::LoadU(d, r.residual + i * r.residualRow + j * r.residualPixel + lane));
                hn::StoreU(hn::Min(high, hn::Max(low, v)), d, r.y + i * r.row + j * r.pixel + lane);
            }
        }
    }
}

const WinogradTransforms& winogradTransformsHere(int tile) {
    static const WinogradTransforms two{inputTile<2>, outputTile<2>}, four{inputTile<4>, outputTile<4>};
    return tile == 2 ? two : four;
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace opentrt::cpu::kernels {

HWY_EXPORT(winogradTransformsHere);
const WinogradTransforms& winogradTransforms(int tile) {
    return HWY_DYNAMIC_DISPATCH(winogradTransformsHere)(tile);
}

}  // namespace opentrt::cpu::kernels
#endif
