// SPDX-License-Identifier: Apache-2.0
// Rows go in groups of eight pixels whose sums are registers. Each input pixel is loaded once per kernel row and added
// to every sum that it belongs to; columns outside the image read a line of zeros. In NHWC the blocks of channels of a
// group follow each other, since they share lines of the cache's prefetch; in nChw16c there is one block, whose 3x3
// weights stay in registers.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/depthwise_rows.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/depthwise_rows.h"

#include <algorithm>

#include "backends/cpu/kernels/convert-inl.h"

#ifndef OPENTRT_KERNELS_DEPTHWISE_RANGE
#define OPENTRT_KERNELS_DEPTHWISE_RANGE
namespace opentrt::cpu::kernels {

//! Kernel rows [from, to) that lie inside the image, and the input row of the first.
struct KernelRange {
    int64_t from, to, row;
    KernelRange(const DepthwiseConv& c, int64_t h) {
        const int64_t top = h * c.strideH - c.padTop, below = c.height - top;
        from = top >= 0 ? 0 : std::min(c.kernelH, (-top + c.dilationH - 1) / c.dilationH);
        to = below <= 0 ? 0 : std::min(c.kernelH, (below + c.dilationH - 1) / c.dilationH);
        to = std::max(from, to);
        row = top + from * c.dilationH;
    }
};

}  // namespace opentrt::cpu::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
constexpr int kGroup = 8;
alignas(64) constexpr float kZeros[16] = {};

//! Where a group of pixels reads. Pixel is the distance of pixels where the compiler knows it, else 0.
template <int Pixel>
struct Group {
    const float* line;  // first kernel row, column 0, this block and lane
    int64_t row;        // distance of kernel rows
    int64_t distance;   // of pixels
    int64_t left, width;

    HWY_INLINE int64_t pixel() const { return Pixel ? Pixel : distance; }
    template <bool checked>
    HWY_INLINE V load(const float* row0, int64_t column) const {
        const bool inside = !checked || (column >= 0 && column < width);
        return hn::LoadU(D(), inside ? row0 + column * pixel() : kZeros);
    }
};

//! Adds one kernel row of KW taps at stride S.
template <int KW, int S, bool checked, class G>
HWY_INLINE void addRow(const G& g, const float* line, const V (&w)[KW], V (&acc)[kGroup]) {
#pragma GCC unroll 32
    for (int i = 0; i < (kGroup - 1) * S + KW; ++i) {
        const V x = g.template load<checked>(line, g.left + i);
#pragma GCC unroll 8
        for (int kw = 0; kw < KW; ++kw) {
            if ((i - kw) % S != 0 || i < kw || (i - kw) / S >= kGroup) continue;
            acc[(i - kw) / S] = hn::MulAdd(x, w[kw], acc[(i - kw) / S]);
        }
    }
}

//! Any kernel: one tap at a time.
template <bool checked, class G>
HWY_INLINE void addTaps(const DepthwiseConv& c, const G& g, const float* line, const float* weights, V (&acc)[kGroup]) {
    for (int64_t kw = 0; kw < c.kernelW; ++kw) {
        const V w = hn::LoadU(D(), weights + kw * 16);
        const int64_t first = g.left + kw * c.dilationW;
#pragma GCC unroll 8
        for (int j = 0; j < kGroup; ++j)
            acc[j] = hn::MulAdd(g.template load<checked>(line, first + j * c.strideW), w, acc[j]);
    }
}

template <int KW, int S, bool checked, class G>
HWY_INLINE void addKernel(const DepthwiseConv& c, const G& g, int64_t rows, const float* weights, V (&acc)[kGroup]) {
    for (int64_t k = 0; k < rows; ++k) {
        const float* line = g.line + k * g.row;
        if constexpr (KW == 0) {
            addTaps<checked>(c, g, line, weights + k * c.kernelW * 16, acc);
        } else {
            V w[KW];
#pragma GCC unroll 8
            for (int kw = 0; kw < KW; ++kw) w[kw] = hn::LoadU(D(), weights + (k * KW + kw) * 16);
            addRow<KW, S, checked>(g, line, w, acc);
        }
    }
}

//! All three rows of a 3x3 kernel, whose weights are registers.
template <int S, bool checked, class G>
HWY_INLINE void addHeld(const G& g, const V (&w)[3][3], V (&acc)[kGroup]) {
    addRow<3, S, checked>(g, g.line, w[0], acc);
    addRow<3, S, checked>(g, g.line + g.row, w[1], acc);
    addRow<3, S, checked>(g, g.line + 2 * g.row, w[2], acc);
}

template <bool partial, int Pixel>
HWY_INLINE void storeGroup(const DepthwiseRows& r, int64_t at, int64_t count, V (&acc)[kGroup]) {
    const D d;
    const V low = hn::Set(d, r.low), high = hn::Set(d, r.high);
    const int64_t pixel = Pixel ? Pixel : r.out.pixel;
#pragma GCC unroll 8
    for (int j = 0; j < kGroup; ++j) {
        if (partial && j >= count) break;
        V v = acc[j];
        if (r.residual) v = hn::Add(v, hn::LoadU(d, r.residual + at + j * pixel));
        hn::StoreU(hn::Min(high, hn::Max(low, v)), d, r.y + at + j * pixel);
    }
}

HWY_INLINE void startGroup(const float* bias, V (&acc)[kGroup]) {
    const V v = hn::LoadU(D(), bias);
#pragma GCC unroll 8
    for (int j = 0; j < kGroup; ++j) acc[j] = v;
}

//! What the groups of one output row have in common.
struct RowPlace {
    KernelRange kernel;
    const float* line;
    int64_t reach;
    RowPlace(const DepthwiseRows& r, int64_t h)
        : kernel(*r.conv, h), line(r.x + kernel.row * r.conv->width * r.in.pixel) {
        const DepthwiseConv& c = *r.conv;
        reach = (kGroup - 1) * c.strideW + (c.kernelW - 1) * c.dilationW;
    }
    bool inside(const DepthwiseConv& c, int64_t first) const {
        const int64_t left = first * c.strideW - c.padLeft;
        return left >= 0 && first + kGroup <= c.outWidth && left + reach < c.width;
    }
};

//! nChw16c: one block, lanes in the outer loop.
template <int KW, int S>
void blockedRows(const DepthwiseRows& r) {
    const D d;
    const DepthwiseConv& c = *r.conv;
    for (int lane = 0; lane < 16; lane += kLanes) {
        V held[3][3];
        if constexpr (KW == 3) {
#pragma GCC unroll 9
            for (int k = 0; k < 9; ++k)
                held[k / 3][k % 3] = hn::LoadU(d, r.weights + (c.kernelH == 3 ? k : 0) * 16 + lane);
        }
        for (int64_t h = r.begin; h < r.end; ++h) {
            const RowPlace row(r, h);
            const int64_t rows = row.kernel.to - row.kernel.from;
            const float* weights = r.weights + row.kernel.from * c.kernelW * 16 + lane;
            Group<16> g{row.line + lane, c.dilationH * c.width * 16, 16, -c.padLeft, c.width};
            for (int64_t first = 0; first < c.outWidth; first += kGroup, g.left += kGroup * c.strideW) {
                V acc[kGroup];
                startGroup(r.bias + lane, acc);
                const int64_t at = (h * c.outWidth + first) * 16 + lane;
                const bool inside = row.inside(c, first);
                if (KW == 3 && c.kernelH == 3 && rows == 3) {
                    if (inside) {
                        addHeld<(S ? S : 1), false>(g, held, acc);
                    } else {
                        addHeld<(S ? S : 1), true>(g, held, acc);
                    }
                } else if (inside) {
                    addKernel<KW, S, false>(c, g, rows, weights, acc);
                } else {
                    addKernel<KW, S, true>(c, g, rows, weights, acc);
                }
                if (first + kGroup <= c.outWidth) {
                    storeGroup<false, 16>(r, at, kGroup, acc);
                } else {
                    storeGroup<true, 16>(r, at, c.outWidth - first, acc);
                }
            }
        }
    }
}

//! NHWC: the blocks of a group of pixels follow each other.
template <int KW, int S>
void channelsLastRows(const DepthwiseRows& r) {
    const DepthwiseConv& c = *r.conv;
    const int64_t blockWeights = c.kernelH * c.kernelW * 16;
    for (int64_t h = r.begin; h < r.end; ++h) {
        const RowPlace row(r, h);
        const int64_t rows = row.kernel.to - row.kernel.from;
        for (int64_t first = 0; first < c.outWidth; first += kGroup) {
            Group<0> g{row.line, c.dilationH * c.width * r.in.pixel, r.in.pixel, first * c.strideW - c.padLeft,
                       c.width};
            const bool inside = row.inside(c, first);
            for (int64_t lane = 0; lane < r.blocks * 16; lane += kLanes, g.line += kLanes) {
                const float* w = r.weights + row.kernel.from * c.kernelW * 16 + lane / 16 * blockWeights + lane % 16;
                V acc[kGroup];
                startGroup(r.bias + lane, acc);
                const int64_t at = (h * c.outWidth + first) * r.out.pixel + lane;
                if (inside) {
                    addKernel<KW, S, false>(c, g, rows, w, acc);
                    storeGroup<false, 0>(r, at, kGroup, acc);
                } else {
                    addKernel<KW, S, true>(c, g, rows, w, acc);
                    storeGroup<true, 0>(r, at, c.outWidth - first, acc);
                }
            }
        }
    }
}

//! Pixels [first, first + count) of one row of one channel, pixels along the lanes.
void planePixels(const DepthwiseRows& r, int64_t h, int64_t first, int64_t count) {
    constexpr int64_t kPixels = 64;
    const D d;
    const DepthwiseConv& c = *r.conv;
    const KernelRange kernel(c, h);
    float columns[kPixels];
    V acc[kPixels / kLanes];
    const int64_t vectors = (count + kLanes - 1) / kLanes;
    for (int64_t v = 0; v < vectors; ++v) acc[v] = hn::Set(d, r.bias[0]);
    for (int64_t k = kernel.from; k < kernel.to; ++k) {
        const float* line = r.x + (kernel.row + (k - kernel.from) * c.dilationH) * c.width;
        for (int64_t kw = 0; kw < c.kernelW; ++kw) {
            const int64_t left = first * c.strideW - c.padLeft + kw * c.dilationW;
            const float* from = line + left;
            if (c.strideW != 1 || left < 0 || left + vectors * kLanes > c.width) {
                for (int64_t p = 0; p < vectors * kLanes; ++p) {
                    const int64_t at = left + p * c.strideW;
                    columns[p] = at >= 0 && at < c.width ? line[at] : 0;
                }
                from = columns;
            }
            const V w = hn::Set(d, r.weights[(k * c.kernelW + kw) * 16]);
            for (int64_t v = 0; v < vectors; ++v) acc[v] = hn::MulAdd(hn::LoadU(d, from + v * kLanes), w, acc[v]);
        }
    }
    const V low = hn::Set(d, r.low), high = hn::Set(d, r.high);
    for (int64_t v = 0; v < vectors; ++v) {
        const int64_t at = h * c.outWidth + first + v * kLanes, some = count - v * kLanes;
        V sum = acc[v];
        if (r.residual) sum = hn::Add(sum, loadUpTo<F32Codec>(d, r.residual + at, some, 0));
        storeUpTo<F32Codec>(d, hn::Min(high, hn::Max(low, sum)), r.y + at, some);
    }
}

void planeRows(const DepthwiseRows& r) {
    const int64_t width = r.conv->outWidth;
    for (int64_t h = r.begin; h < r.end; ++h)
        for (int64_t first = 0; first < width; first += 64)
            planePixels(r, h, first, std::min<int64_t>(64, width - first));
}

template <int KW, int S>
DepthwiseRowsFunction rowsFor(const DepthwiseConv& c) {
    return c.layout == ImageLayout::Nhwc ? channelsLastRows<KW, S> : blockedRows<KW, S>;
}

DepthwiseRowsFunction blockRowsHere(const DepthwiseConv& c) {
    if (c.dilationW != 1) return rowsFor<0, 0>(c);
    if (c.kernelW == 3 && c.strideW == 1) return rowsFor<3, 1>(c);
        // Machines without AVX2 get along with less code.
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_ARCH_ARM_A64
    if (c.kernelW == 3 && c.strideW == 2) return rowsFor<3, 2>(c);
    if (c.kernelW == 5 && c.strideW == 1) return rowsFor<5, 1>(c);
    if (c.kernelW == 5 && c.strideW == 2) return rowsFor<5, 2>(c);
    if (c.kernelW == 7 && c.strideW == 1) return rowsFor<7, 1>(c);
#endif
    return rowsFor<0, 0>(c);
}
DepthwiseRowsFunction planeRowsHere() {
    return planeRows;
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace opentrt::cpu::kernels {

HWY_EXPORT(blockRowsHere);
HWY_EXPORT(planeRowsHere);

DepthwiseRowsFunction depthwiseBlockRows(const DepthwiseConv& conv) {
    return HWY_DYNAMIC_DISPATCH(blockRowsHere)(conv);
}
DepthwiseRowsFunction depthwisePlaneRows() {
    return HWY_DYNAMIC_DISPATCH(planeRowsHere)();
}

}  // namespace opentrt::cpu::kernels
#endif
