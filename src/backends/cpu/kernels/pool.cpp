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
#include <iterator>
#include <vector>

#include "backends/cpu/kernels/conv.h"
#include "backends/cpu/kernels/convert-inl.h"

#ifndef OPENTRT_KERNELS_POOL_WINDOW
#define OPENTRT_KERNELS_POOL_WINDOW
namespace opentrt::cpu::kernels {

//! Window of one output position along an axis: taps [from, to) lie inside the data.
struct PoolWindow {
    int32_t start, from, to;
    float factor;  // 1, or 1 / number of positions that count
    PoolWindow() = default;
    PoolWindow(const PoolAxis& a, PoolArgs::Kind kind, int64_t at) {
        const int64_t first = at * a.stride - a.before;
        const auto taps = [&](int64_t limit) {
            return std::clamp<int64_t>((limit - first + a.dilation - 1) / a.dilation, 0, a.kernel);
        };
        start = static_cast<int32_t>(first);
        from = static_cast<int32_t>(first >= 0 ? 0 : std::min(a.kernel, (-first + a.dilation - 1) / a.dilation));
        to = std::max(from, static_cast<int32_t>(first >= a.in ? 0 : taps(a.in)));
        const int64_t counted = first >= a.in + a.after ? 0 : taps(a.in + a.after);
        const int64_t count = kind == PoolArgs::Kind::Average ? to - from : counted;
        factor = kind == PoolArgs::Kind::Max ? 1.0f : count > 0 ? 1.0f / static_cast<float>(count) : 0.0f;
    }
};

//! One row of output: its image, block or channel, and position along the first two axes.
struct PoolRow {
    const PoolArgs* args;
    const PoolWindow* columns;
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

//! A vector of channels of `pixels` neighbouring outputs, whose windows have the same taps; `count` lanes exist.
template <class Codec, class Op, int pixels>
HWY_INLINE void channelWindow(const PoolRow& r, const PoolWindow& depth, const PoolWindow& row, const PoolWindow* cols,
                              int64_t c, int64_t count, typename Codec::Type* out) {
    using T = typename Codec::Type;
    const D d;
    const PoolArgs& a = *r.args;
    const PoolAxis &z = a.axes[0], &y = a.axes[1], &x = a.axes[2];
    const int64_t pixel = r.inStrides.pixel, step = x.dilation * pixel, apart = x.stride * pixel;
    const T* in = static_cast<const T*>(a.x) + r.in + cols[0].start * pixel + c;
    V acc[pixels];
#pragma GCC unroll 4
    for (int p = 0; p < pixels; ++p) acc[p] = hn::Set(d, Op::kStart);
    for (int64_t i = depth.from; i < depth.to; ++i) {
        for (int64_t j = row.from; j < row.to; ++j) {
            const int64_t line = (depth.start + i * z.dilation) * y.in + row.start + j * y.dilation;
            const T* from = in + line * x.in * pixel;
            for (int64_t k = cols[0].from; k < cols[0].to; ++k) {
#pragma GCC unroll 4
                for (int p = 0; p < pixels; ++p)
                    acc[p] = Op::join(acc[p], loadUpTo<Codec>(d, from + k * step + p * apart, count, 0));
            }
        }
    }
#pragma GCC unroll 4
    for (int p = 0; p < pixels; ++p) {
        const V factor = hn::Set(d, depth.factor * row.factor * cols[p].factor);
        storeUpTo<Codec>(d, hn::Mul(acc[p], factor), out + p * r.outStrides.pixel + c, count);
    }
}

//! A row whose pixels hold neighbouring channels. Four pixels at a time where nothing is cut off: each has its own
//! chain of dependent operations.
template <class Codec, class Op>
void channelRow(const PoolRow& r) {
    const PoolArgs& a = *r.args;
    const PoolAxis& x = a.axes[2];
    const PoolWindow depth(a.axes[0], a.kind, r.depth), row(a.axes[1], a.kind, r.row);
    auto* out = static_cast<typename Codec::Type*>(a.y) + r.out +
                (r.depth * a.axes[1].out + r.row) * x.out * r.outStrides.pixel;
    for (int64_t o = 0; o < x.out;) {
        const PoolWindow* cols = r.columns + o;
        const bool four = o + 4 <= x.out && cols[0].from == 0 && cols[3].to == x.kernel && cols[0].to == x.kernel;
        int64_t c = 0;
        // Whole vectors are loaded without asking: the count that is passed is a constant.
        for (; c + kLanes <= r.channels; c += kLanes) {
            if (four) {
                channelWindow<Codec, Op, 4>(r, depth, row, cols, c, kLanes, out);
            } else {
                channelWindow<Codec, Op, 1>(r, depth, row, cols, c, kLanes, out);
            }
        }
        for (int p = 0; c < r.channels && p < (four ? 4 : 1); ++p)
            channelWindow<Codec, Op, 1>(r, depth, row, cols + p, c, r.channels - c, out + p * r.outStrides.pixel);
        o += four ? 4 : 1;
        out += (four ? 4 : 1) * r.outStrides.pixel;
    }
}

//! A row of one channel: the rows of the window are joined into a line that begins and ends with padding; columns of
//! the same phase of the stride are put side by side, so that windows are joined along the lanes.
template <class Codec, class Op>
void planeRow(const PoolRow& r) {
    using T = typename Codec::Type;
    constexpr int64_t kPiece = 2048;
    const D d;
    const PoolArgs& a = *r.args;
    const PoolAxis &z = a.axes[0], &y = a.axes[1], &x = a.axes[2];
    const PoolWindow depth(z, a.kind, r.depth), row(y, a.kind, r.row);
    const T* in = static_cast<const T*>(a.x) + r.in;
    T* out = static_cast<T*>(a.y) + r.out + (r.depth * y.out + r.row) * x.out;
    const int64_t reach = (x.kernel - 1) * x.dilation + 1;
    const auto joined = [&](int64_t c, int64_t count) HWY_ATTR {
        V acc = hn::Set(d, Op::kStart);
        for (int64_t i = depth.from; i < depth.to; ++i)
            for (int64_t j = row.from; j < row.to; ++j) {
                const int64_t at = (depth.start + i * z.dilation) * y.in + row.start + j * y.dilation;
                acc = Op::join(acc, loadUpTo<Codec>(d, in + at * x.in + c, count, 0));
            }
        return acc;
    };
    const float rowFactor = depth.factor * row.factor;
    float line[kPiece], phases[kPiece + 128];
    const int64_t perPiece = (kPiece - 64 - reach) / x.stride - kLanes;
    if (perPiece < kLanes) {  // a window wider than the buffers
        for (int64_t o = 0; o < x.out; ++o) {
            const PoolWindow& col = r.columns[o];
            float acc = Op::kStart;
            HWY_ALIGN float lanes[kLanes];
            for (int64_t k = col.from; k < col.to; ++k) {
                hn::Store(joined(col.start + k * x.dilation, 1), d, lanes);
                acc = Op::join(acc, lanes[0]);
            }
            out[o] = Codec::fromFloat(acc * rowFactor * col.factor);
        }
        return;
    }
    for (int64_t first = 0; first < x.out; first += perPiece) {
        const int64_t count = std::min(perPiece, x.out - first), start = first * x.stride - x.before;
        const int64_t length = (count - 1) * x.stride + reach;
        const int64_t left = std::clamp<int64_t>(-start, 0, length),
                      right = std::clamp<int64_t>(x.in - start, left, length);
        std::fill_n(line, left, Op::kStart);
        for (int64_t c = left; c < right; c += kLanes)
            storeUpTo<F32Codec>(d, joined(start + c, right - c), line + c, right - c);
        std::fill(line + right, line + length, Op::kStart);
        const int64_t perPhase = (length + x.stride - 1) / x.stride;
        const float* from = line;
        if (x.stride > 1) {
            for (int64_t phase = 0; phase < x.stride; ++phase)
                for (int64_t i = 0; i * x.stride + phase < length; ++i)
                    phases[phase * perPhase + i] = line[i * x.stride + phase];
            from = phases;
        }
        for (int64_t o = 0; o < count; o += kLanes) {
            V acc = hn::Set(d, Op::kStart);
            for (int64_t k = 0; k < x.kernel; ++k) {
                const int64_t tap = k * x.dilation;
                acc = Op::join(acc, hn::LoadU(d, from + tap % x.stride * perPhase + tap / x.stride + o));
            }
            HWY_ALIGN float factors[kLanes] = {};
            for (int64_t i = 0; i < std::min(kLanes, count - o); ++i)
                factors[i] = rowFactor * r.columns[first + o + i].factor;
            storeUpTo<Codec>(d, hn::Mul(acc, hn::Load(d, factors)), out + first + o, count - o);
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
    PoolWindow few[512];
    std::vector<PoolWindow> many;
    PoolWindow* columns = few;
    if (x.out > static_cast<int64_t>(std::size(few))) {
        many.resize(static_cast<size_t>(x.out));
        columns = many.data();
    }
    for (int64_t o = 0; o < x.out; ++o) columns[o] = PoolWindow(x, a.kind, o);
    const auto run = HWY_DYNAMIC_DISPATCH(poolRow);
    parallelTasks(a.batch * slices * rowTasks, perTask * rowWork, [&](int64_t task) {
        const int64_t n = task / rowTasks / slices, s = task / rowTasks % slices;
        PoolRow r{&a,
                  columns,
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
