// SPDX-License-Identifier: Apache-2.0
// A block row goes in groups of eight pixels whose sums are registers. Each input pixel is loaded once per kernel row
// and added to every sum that it belongs to. Groups at the edges run the same code with each pixel checked.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/depthwise_row.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/depthwise_row.h"

#include <algorithm>

#include "backends/cpu/kernels/convert-inl.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
constexpr int kGroup = 8;

//! Sums of the group of pixels from `first` on. Kernel width KW and stride S are 0 where they are read from the row.
template <int KW, int S, bool checked>
HWY_INLINE void groupSums(const DepthwiseRow& r, int64_t first, int lane, V (&acc)[kGroup]) {
    const D d;
    const float* weights = r.weights + lane;
    const float* line = r.x + lane;
    const int64_t left = first * r.strideW - r.padLeft;
    for (int64_t k = 0; k < r.kernelRows; ++k, weights += r.kernelW * 16, line += r.xRow) {
        if constexpr (KW > 0) {
            V w[KW];
#pragma GCC unroll 8
            for (int kw = 0; kw < KW; ++kw) w[kw] = hn::LoadU(d, weights + kw * 16);
#pragma GCC unroll 32
            for (int i = 0; i < (kGroup - 1) * S + KW; ++i) {
                if (checked && (left + i < 0 || left + i >= r.width)) continue;
                const V x = hn::LoadU(d, line + (left + i) * r.xPixel);
#pragma GCC unroll 8
                for (int kw = 0; kw < KW; ++kw) {
                    if ((i - kw) % S != 0 || i < kw || (i - kw) / S >= kGroup) continue;
                    acc[(i - kw) / S] = hn::MulAdd(x, w[kw], acc[(i - kw) / S]);
                }
            }
        } else {
            for (int64_t kw = 0; kw < r.kernelW; ++kw) {
                const V w = hn::LoadU(d, weights + kw * 16);
                const int64_t column = left + kw * r.dilationW;
#pragma GCC unroll 8
                for (int j = 0; j < kGroup; ++j) {
                    const int64_t at = column + j * r.strideW;
                    if (checked && (at < 0 || at >= r.width)) continue;
                    acc[j] = hn::MulAdd(hn::LoadU(d, line + at * r.xPixel), w, acc[j]);
                }
            }
        }
    }
}

template <int KW, int S, bool checked>
HWY_INLINE void group(const DepthwiseRow& r, int64_t first, int lane) {
    const D d;
    V acc[kGroup];
    const V bias = hn::LoadU(d, r.bias + lane), low = hn::Set(d, r.low), high = hn::Set(d, r.high);
#pragma GCC unroll 8
    for (int j = 0; j < kGroup; ++j) acc[j] = bias;
    groupSums<KW, S, checked>(r, first, lane, acc);
    const int64_t count = checked ? std::min<int64_t>(kGroup, r.outWidth - first) : kGroup;
#pragma GCC unroll 8
    for (int j = 0; j < kGroup; ++j) {
        if (checked && j >= count) break;
        V v = acc[j];
        const int64_t at = (first + j) * r.yPixel + lane;
        if (r.residual) v = hn::Add(v, hn::LoadU(d, r.residual + at));
        hn::StoreU(hn::Min(high, hn::Max(low, v)), d, r.y + at);
    }
}

template <int KW, int S>
void blockRow(const DepthwiseRow& r) {
    const int64_t reach = (r.kernelW - 1) * r.dilationW;
    for (int64_t first = 0; first < r.outWidth; first += kGroup) {
        const int64_t left = first * r.strideW - r.padLeft;
        const bool inside =
            left >= 0 && first + kGroup <= r.outWidth && left + (kGroup - 1) * r.strideW + reach < r.width;
        for (int lane = 0; lane < 16; lane += kLanes) {
            if (inside) {
                group<KW, S, false>(r, first, lane);
            } else {
                group<KW, S, true>(r, first, lane);
            }
        }
    }
}

//! One channel, pixels along the lanes. Rows are first copied with their padding, strided columns apart.
void planeRow(const DepthwiseRow& r) {
    constexpr int kPixels = 128;
    const D d;
    float columns[kPixels];
    for (int64_t first = 0; first < r.outWidth; first += kPixels) {
        const int64_t count = std::min<int64_t>(kPixels, r.outWidth - first);
        V acc[kPixels / kLanes];
        const int64_t vectors = (count + kLanes - 1) / kLanes;
        for (int64_t v = 0; v < vectors; ++v) acc[v] = hn::Set(d, r.bias[0]);
        for (int64_t k = 0; k < r.kernelRows; ++k) {
            const float* line = r.x + k * r.xRow;
            for (int64_t kw = 0; kw < r.kernelW; ++kw) {
                const int64_t left = first * r.strideW - r.padLeft + kw * r.dilationW;
                const float* from = line + left;
                const bool inside = r.strideW == 1 && left >= 0 && left + vectors * kLanes <= r.width;
                if (!inside) {
                    for (int64_t p = 0; p < vectors * kLanes; ++p) {
                        const int64_t at = left + p * r.strideW;
                        columns[p] = at >= 0 && at < r.width ? line[at] : 0;
                    }
                    from = columns;
                }
                const V w = hn::Set(d, r.weights[(k * r.kernelW + kw) * 16]);
                for (int64_t v = 0; v < vectors; ++v) acc[v] = hn::MulAdd(hn::LoadU(d, from + v * kLanes), w, acc[v]);
            }
        }
        const V low = hn::Set(d, r.low), high = hn::Set(d, r.high);
        for (int64_t v = 0; v < vectors; ++v) {
            const int64_t at = first + v * kLanes, some = count - v * kLanes;
            V sum = acc[v];
            if (r.residual) sum = hn::Add(sum, loadUpTo<F32Codec>(d, r.residual + at, some, 0));
            storeUpTo<F32Codec>(d, hn::Min(high, hn::Max(low, sum)), r.y + at, some);
        }
    }
}

DepthwiseRowFunction blockRowHere(int64_t kernelW, int64_t strideW, int64_t dilationW) {
    if (dilationW != 1) return blockRow<0, 0>;
    if (kernelW == 3 && strideW == 1) return blockRow<3, 1>;
    if (kernelW == 3 && strideW == 2) return blockRow<3, 2>;
    if (kernelW == 5 && strideW == 1) return blockRow<5, 1>;
    if (kernelW == 5 && strideW == 2) return blockRow<5, 2>;
    return blockRow<0, 0>;
}
DepthwiseRowFunction planeRowHere() {
    return planeRow;
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace opentrt::cpu::kernels {

HWY_EXPORT(blockRowHere);
HWY_EXPORT(planeRowHere);

DepthwiseRowFunction depthwiseBlockRow(int64_t kernelW, int64_t strideW, int64_t dilationW) {
    return HWY_DYNAMIC_DISPATCH(blockRowHere)(kernelW, strideW, dilationW);
}
DepthwiseRowFunction depthwisePlaneRow() {
    return HWY_DYNAMIC_DISPATCH(planeRowHere)();
}

}  // namespace opentrt::cpu::kernels
#endif
