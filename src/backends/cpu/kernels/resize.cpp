// SPDX-License-Identifier: Apache-2.0
// With channels inside, each output pixel is a weighted sum of input pixels, vectorised over channels. With planes, the
// input rows of an output row are summed first, vectorised along the row, and the columns of that line after. Nearest
// moves elements without looking at them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/resize.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/resize.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/kernels/conv.h"
#include "backends/cpu/kernels/convert-inl.h"

#ifndef OPENTRT_KERNELS_RESIZE_ROW
#define OPENTRT_KERNELS_RESIZE_ROW
namespace opentrt::cpu::kernels {

//! One row of output of a channel or of neighbouring channels.
struct ResizeRow {
    const ResizeArgs* args;
    int64_t in, out;  // offsets of the plane or block, in elements
    int64_t depth, row;
    int64_t inPixel, outPixel;
    int64_t channels;
    // Input rows that the output row reads, and their weights.
    int count;
    const int64_t* lines;
    const float* weights;
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

template <class Codec>
void channelRow(const ResizeRow& r, typename Codec::Type* out) {
    using T = typename Codec::Type;
    const D d;
    const ResizeAxis& x = r.args->axes[2];
    const T* in = static_cast<const T*>(r.args->x) + r.in;
    for (int64_t o = 0; o < x.out; ++o, out += r.outPixel) {
        const int32_t* index = x.index.data() + o * x.taps;
        const float* weight = x.weight.data() + o * x.taps;
        for (int64_t c = 0; c < r.channels; c += kLanes) {
            V sum = hn::Zero(d);
            for (int i = 0; i < r.count; ++i) {
                const T* line = in + r.lines[i] * x.in * r.inPixel + c;
                for (int t = 0; t < x.taps; ++t) {
                    const V v = loadUpTo<Codec>(d, line + index[t] * r.inPixel, r.channels - c, 0);
                    sum = hn::MulAdd(v, hn::Set(d, r.weights[i] * weight[t]), sum);
                }
            }
            storeUpTo<Codec>(d, sum, out + c, r.channels - c);
        }
    }
}

template <class Codec>
void planeRow(const ResizeRow& r, typename Codec::Type* out) {
    using T = typename Codec::Type;
    constexpr int64_t kPiece = 1024;
    const D d;
    const ResizeAxis& x = r.args->axes[2];
    const T* in = static_cast<const T*>(r.args->x) + r.in;
    float line[kPiece];
    int64_t left = 0, right = 0;  // columns that `line` holds
    for (int64_t o = 0; o < x.out; ++o) {
        float sum = 0;
        for (int t = 0; t < x.taps; ++t) {
            const int64_t at = x.index[static_cast<size_t>(o * x.taps + t)];
            if (at < left || at >= right) {
                left = std::max<int64_t>(0, at - 4);
                right = std::min(x.in, left + kPiece);
                for (int64_t c = left; c < right; c += kLanes) {
                    V acc = hn::Zero(d);
                    for (int i = 0; i < r.count; ++i) {
                        const V v = loadUpTo<Codec>(d, in + r.lines[i] * x.in + c, right - c, 0);
                        acc = hn::MulAdd(v, hn::Set(d, r.weights[i]), acc);
                    }
                    storeUpTo<F32Codec>(d, acc, line + (c - left), right - c);
                }
            }
            sum += line[at - left] * x.weight[static_cast<size_t>(o * x.taps + t)];
        }
        out[o] = Codec::fromFloat(sum);
    }
}

template <class Codec>
void resizeRowAs(const ResizeRow& r) {
    const ResizeAxis &y = r.args->axes[1], &x = r.args->axes[2];
    auto* out = static_cast<typename Codec::Type*>(r.args->y) + r.out + (r.depth * y.out + r.row) * x.out * r.outPixel;
    r.args->layout == ImageLayout::Nchw ? planeRow<Codec>(r, out) : channelRow<Codec>(r, out);
}

void resizeRow(const ResizeRow& r) {
    if (r.args->type == DType::F16) return resizeRowAs<F16Codec>(r);
    if (r.args->type == DType::BF16) return resizeRowAs<BF16Codec>(r);
    resizeRowAs<F32Codec>(r);
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "backends/cpu/kernels/parallel.h"

namespace opentrt::cpu::kernels {
namespace {

template <class T>
void nearestColumns(const ResizeRow& r, const T* in, T* out) {
    const ResizeAxis& x = r.args->axes[2];
    for (int64_t o = 0; o < x.out; ++o) out[o] = in[x.index[static_cast<size_t>(o)]];
}

void nearestRow(const ResizeRow& r) {
    const ResizeAxis &y = r.args->axes[1], &x = r.args->axes[2];
    const int64_t size = bitsOf(r.args->type) / 8;
    const char* in = static_cast<const char*>(r.args->x) + (r.in + r.lines[0] * x.in * r.inPixel) * size;
    char* out = static_cast<char*>(r.args->y) + (r.out + (r.depth * y.out + r.row) * x.out * r.outPixel) * size;
    if (r.channels == 1 && r.inPixel == 1 && r.outPixel == 1) {
        if (size == 1) return nearestColumns(r, reinterpret_cast<const uint8_t*>(in), reinterpret_cast<uint8_t*>(out));
        if (size == 2)
            return nearestColumns(r, reinterpret_cast<const uint16_t*>(in), reinterpret_cast<uint16_t*>(out));
        if (size == 4)
            return nearestColumns(r, reinterpret_cast<const uint32_t*>(in), reinterpret_cast<uint32_t*>(out));
    }
    const auto bytes = static_cast<size_t>(r.channels * size);
    for (int64_t o = 0; o < x.out; ++o) {
        const char* from = in + x.index[static_cast<size_t>(o)] * r.inPixel * size;
        if (bytes == 64) {
            std::memcpy(out + o * r.outPixel * size, from, 64);
        } else {
            std::memcpy(out + o * r.outPixel * size, from, bytes);
        }
    }
}

}  // namespace

HWY_EXPORT(resizeRow);
void resize(const ResizeArgs& a) {
    const ResizeAxis &z = a.axes[0], &y = a.axes[1], &x = a.axes[2];
    const ImageStrides in = imageStrides(a.layout, a.channels, z.in * y.in * x.in);
    const ImageStrides out = imageStrides(a.layout, a.channels, z.out * y.out * x.out);
    const bool planes = a.layout == ImageLayout::Nchw, blocked = a.layout == ImageLayout::Nchw16c;
    const bool nearest = z.taps == 1 && y.taps == 1 && x.taps == 1;
    const int64_t slices = planes ? a.channels : blocked ? ceilDiv(a.channels, 16) : 1;
    const int64_t rows = z.out * y.out, channels = planes ? 1 : blocked ? 16 : a.channels;
    const int64_t taps = z.taps * y.taps * (planes ? 2 : x.taps);
    const int64_t rowWork = std::max<int64_t>(1, x.out * taps * (planes ? 1 : ceilDiv(channels, 8)) / 2);
    const int64_t perTask = std::clamp<int64_t>(8000 / rowWork, 1, std::max<int64_t>(rows, 1)),
                  rowTasks = ceilDiv(rows, perTask);
    const auto run = nearest ? nearestRow : HWY_DYNAMIC_DISPATCH(resizeRow);
    parallelTasks(a.batch * slices * rowTasks, perTask * rowWork, [&](int64_t task) {
        const int64_t n = task / rowTasks / slices, s = task / rowTasks % slices;
        std::vector<int64_t> lines(static_cast<size_t>(z.taps * y.taps));
        std::vector<float> weights(lines.size());
        ResizeRow r{&a,
                    n * in.image + s * (planes ? in.channel : in.block),
                    n * out.image + s * (planes ? out.channel : out.block),
                    0,
                    0,
                    in.pixel,
                    out.pixel,
                    channels,
                    z.taps * y.taps,
                    lines.data(),
                    weights.data()};
        for (int64_t i = task % rowTasks * perTask; i < std::min((task % rowTasks + 1) * perTask, rows); ++i) {
            r.depth = i / y.out, r.row = i % y.out;
            for (int k = 0; k < r.count; ++k) {
                const auto zAt = static_cast<size_t>(r.depth * z.taps + k / y.taps),
                           yAt = static_cast<size_t>(r.row * y.taps + k % y.taps);
                lines[static_cast<size_t>(k)] = z.index[zAt] * y.in + y.index[yAt];
                weights[static_cast<size_t>(k)] = z.weight[zAt] * y.weight[yAt];
            }
            run(r);
        }
    });
}

}  // namespace opentrt::cpu::kernels
#endif
