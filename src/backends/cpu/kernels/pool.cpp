// SPDX-License-Identifier: Apache-2.0
// With channels inside, a vector of channels walks over the window of each output pixel. With planes, the rows of a
// window are joined first, vectorised along the row, and the columns of that line after.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/pool.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/pool.h"

#include <algorithm>
#include <cmath>

#include "backends/cpu/kernels/conv.h"
#include "backends/cpu/kernels/convert-inl.h"

#ifndef OPENTRT_KERNELS_POOL_WINDOW
#define OPENTRT_KERNELS_POOL_WINDOW
namespace opentrt::cpu::kernels {

//! Window of output position `at` along an axis: taps [from, to) lie inside, `counted` count for AverageOfPadding.
struct PoolWindow {
    int64_t start, from, to, counted;
    PoolWindow(const PoolAxis& a, int64_t at) : start(at * a.stride - a.before) {
        const auto taps = [&](int64_t limit) {
            return std::clamp<int64_t>((limit - start + a.dilation - 1) / a.dilation, 0, a.kernel);
        };
        from = start >= 0 ? 0 : std::min(a.kernel, (-start + a.dilation - 1) / a.dilation);
        to = std::max(from, start >= a.in ? 0 : taps(a.in));
        counted = start >= a.in + a.after ? 0 : taps(a.in + a.after);
    }
};

//! One row of output: its image, block or channel, and position along the first two axes.
struct PoolRow {
    const PoolArgs* args;
    int64_t in, out;  // offsets of the plane or block
    int64_t depth, row;
    ImageStrides inStrides, outStrides;
    int64_t channels;  // neighbouring ones
};

}  // namespace opentrt::cpu::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(D()));

struct MaxOp {
    static constexpr float kStart = -HUGE_VALF;
    static float join(float a, float b) { return a > b || a != a ? a : b; }
    static HWY_INLINE V join(V a, V b) { return maxOrNan(a, b); }
};
struct SumOp {
    static constexpr float kStart = 0;
    static float join(float a, float b) { return a + b; }
    static HWY_INLINE V join(V a, V b) { return hn::Add(a, b); }
};

HWY_INLINE float factorOf(const PoolArgs& a, const PoolWindow& d, const PoolWindow& h, const PoolWindow& w) {
    if (a.kind == PoolArgs::Kind::Max) return 1;
    const int64_t inside = (d.to - d.from) * (h.to - h.from) * (w.to - w.from);
    const int64_t count = a.kind == PoolArgs::Kind::Average ? inside : d.counted * h.counted * w.counted;
    return count > 0 ? 1.0f / static_cast<float>(count) : 0.0f;
}

//! A row whose pixels hold neighbouring channels.
template <class Codec, class Op>
void channelRow(const PoolRow& r) {
    using T = typename Codec::Type;
    const D d;
    const PoolArgs& a = *r.args;
    const PoolAxis &z = a.axes[0], &y = a.axes[1], &x = a.axes[2];
    const PoolWindow depth(z, r.depth), row(y, r.row);
    const int64_t pixel = r.inStrides.pixel;
    for (int64_t o = 0; o < x.out; ++o) {
        const PoolWindow col(x, o);
        const T* in = static_cast<const T*>(a.x) + r.in + col.start * pixel;
        T* out = static_cast<T*>(a.y) + r.out + ((r.depth * y.out + r.row) * x.out + o) * r.outStrides.pixel;
        const V factor = hn::Set(d, factorOf(a, depth, row, col));
        for (int64_t c = 0; c < r.channels; c += kLanes) {
            V acc = hn::Set(d, Op::kStart), acc2 = acc;
            for (int64_t i = depth.from; i < depth.to; ++i) {
                for (int64_t j = row.from; j < row.to; ++j) {
                    const int64_t line = (depth.start + i * z.dilation) * y.in + row.start + j * y.dilation;
                    const T* from = in + line * x.in * pixel + c;
                    int64_t k = col.from;
                    for (; k + 2 <= col.to; k += 2) {
                        const T* p = from + k * x.dilation * pixel;
                        acc = Op::join(acc, loadUpTo<Codec>(d, p, r.channels - c, 0));
                        acc2 = Op::join(acc2, loadUpTo<Codec>(d, p + x.dilation * pixel, r.channels - c, 0));
                    }
                    if (k < col.to)
                        acc = Op::join(acc, loadUpTo<Codec>(d, from + k * x.dilation * pixel, r.channels - c, 0));
                }
            }
            storeUpTo<Codec>(d, hn::Mul(Op::join(acc, acc2), factor), out + c, r.channels - c);
        }
    }
}

//! A row of one channel.
template <class Codec, class Op>
void planeRow(const PoolRow& r) {
    using T = typename Codec::Type;
    constexpr int64_t kPiece = 1024;
    const D d;
    const PoolArgs& a = *r.args;
    const PoolAxis &z = a.axes[0], &y = a.axes[1], &x = a.axes[2];
    const PoolWindow depth(z, r.depth), row(y, r.row);
    const T* in = static_cast<const T*>(a.x) + r.in;
    T* out = static_cast<T*>(a.y) + r.out + (r.depth * y.out + r.row) * x.out;
    const int64_t reach = (x.kernel - 1) * x.dilation + 1;
    float line[kPiece];
    const int64_t perPiece = (kPiece - reach) / x.stride + 1;
    for (int64_t first = 0; first < x.out; first += std::max<int64_t>(perPiece, 1)) {
        const int64_t last = std::min(first + std::max<int64_t>(perPiece, 1), x.out);
        // Columns that these outputs read, joined over the rows of the window.
        const int64_t left = std::max<int64_t>(0, first * x.stride - x.before);
        const int64_t right = std::min(x.in, (last - 1) * x.stride - x.before + reach);
        const bool buffered = right - left <= kPiece;
        for (int64_t c = left; buffered && c < right; c += kLanes) {
            V acc = hn::Set(d, Op::kStart);
            for (int64_t i = depth.from; i < depth.to; ++i)
                for (int64_t j = row.from; j < row.to; ++j) {
                    const int64_t at = (depth.start + i * z.dilation) * y.in + row.start + j * y.dilation;
                    acc = Op::join(acc, loadUpTo<Codec>(d, in + at * x.in + c, right - c, 0));
                }
            storeUpTo<F32Codec>(d, acc, line + (c - left), right - c);
        }
        const auto joined = [&](int64_t c) {
            if (buffered) return line[c - left];
            // A window wider than the buffer.
            float acc = Op::kStart;
            for (int64_t i = depth.from; i < depth.to; ++i)
                for (int64_t j = row.from; j < row.to; ++j) {
                    const int64_t at = (depth.start + i * z.dilation) * y.in + row.start + j * y.dilation;
                    acc = Op::join(acc, Codec::toFloat(in[at * x.in + c]));
                }
            return acc;
        };
        for (int64_t o = first; o < last; ++o) {
            const PoolWindow col(x, o);
            float acc = Op::kStart;
            for (int64_t k = col.from; k < col.to; ++k) acc = Op::join(acc, joined(col.start + k * x.dilation));
            out[o] = Codec::fromFloat(acc * factorOf(a, depth, row, col));
        }
    }
}

template <class Codec, class Op>
void poolRowAs(const PoolRow& r) {
    r.args->layout == ImageLayout::Nchw ? planeRow<Codec, Op>(r) : channelRow<Codec, Op>(r);
}

void poolRow(const PoolRow& r) {
    const bool max = r.args->kind == PoolArgs::Kind::Max;
    if (r.args->type == DType::F16) return max ? poolRowAs<F16Codec, MaxOp>(r) : poolRowAs<F16Codec, SumOp>(r);
    if (r.args->type == DType::BF16) return max ? poolRowAs<BF16Codec, MaxOp>(r) : poolRowAs<BF16Codec, SumOp>(r);
    max ? poolRowAs<F32Codec, MaxOp>(r) : poolRowAs<F32Codec, SumOp>(r);
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "backends/cpu/kernels/parallel.h"

namespace opentrt::cpu::kernels {

HWY_EXPORT(poolRow);
void pool(const PoolArgs& a) {
    const PoolAxis &z = a.axes[0], &y = a.axes[1], &x = a.axes[2];
    const ImageStrides in = imageStrides(a.layout, a.channels, z.in * y.in * x.in);
    const ImageStrides out = imageStrides(a.layout, a.channels, z.out * y.out * x.out);
    // A slice is a channel of NCHW, a block of 16, or all channels of NHWC.
    const bool planes = a.layout == ImageLayout::Nchw, blocked = a.layout == ImageLayout::Nchw16c;
    const int64_t slices = planes ? a.channels : blocked ? ceilDiv(a.channels, 16) : 1;
    const int64_t rows = z.out * y.out, channels = planes ? 1 : blocked ? 16 : a.channels;
    const int64_t rowWork = x.out * z.kernel * y.kernel * x.kernel * (planes ? 1 : ceilDiv(channels, 8)) / 2;
    const int64_t perTask = std::clamp<int64_t>(8000 / std::max<int64_t>(rowWork, 1), 1, std::max<int64_t>(rows, 1));
    const int64_t rowTasks = ceilDiv(rows, perTask);
    if (x.out == 0) return;
    const auto run = HWY_DYNAMIC_DISPATCH(poolRow);
    parallelTasks(a.batch * slices * rowTasks, perTask * rowWork, [&](int64_t task) {
        const int64_t n = task / rowTasks / slices, s = task / rowTasks % slices;
        PoolRow r{&a,
                  n * in.image + s * (planes ? in.channel : in.block),
                  n * out.image + s * (planes ? out.channel : out.block),
                  0,
                  0,
                  in,
                  out,
                  channels};
        for (int64_t i = task % rowTasks * perTask; i < std::min((task % rowTasks + 1) * perTask, rows); ++i) {
            r.depth = i / y.out, r.row = i % y.out;
            run(r);
        }
    });
}

}  // namespace opentrt::cpu::kernels
#endif
