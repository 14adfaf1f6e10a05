// SPDX-License-Identifier: Apache-2.0
// Group norm in three steps: mean and squared deviations of each channel, taken over pieces that stay in L1 and joined
// by Chan's formula; the same of each group, in double; one multiplication and addition per element. A slice of work is
// one channel of NCHW or 16 channels of the other layouts.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/group_norm.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include <algorithm>
#include <cmath>

#include "backends/cpu/kernels/convert-inl.h"
#include "backends/cpu/kernels/norm.h"
#include "backends/cpu/kernels/vmath-inl.h"

#ifndef OPENTRT_KERNELS_GROUP_NORM_SLICE
#define OPENTRT_KERNELS_GROUP_NORM_SLICE
namespace opentrt::cpu::kernels {

//! `width` neighbouring elements of each of `count` pixels; a channel of NCHW is one pixel as wide as the image.
struct NormSlice {
    const float* x;
    float* y;
    int64_t pixels, step;
    int64_t width;  // 16 or less
    bool plane;     // elements of one channel: width 1, step 1
};
//! By element of the slice's width.
struct NormStatistics {
    float mean[16], squares[16];
};
struct NormAffine {
    float mean[16], factor[16], bias[16];
    float low, high;
    bool swish;
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

//! Joins the statistics of `added` more elements into those of `count` elements.
HWY_INLINE void join(V& mean, V& squares, float count, V otherMean, V otherSquares, float added) {
    const D d;
    const V delta = hn::Sub(otherMean, mean);
    const float total = count + added;
    mean = hn::MulAdd(delta, hn::Set(d, added / total), mean);
    squares = hn::Add(squares, hn::MulAdd(hn::Mul(delta, delta), hn::Set(d, count * added / total), otherSquares));
}

//! Pixels of `count` lanes.
void pixelStatistics(const NormSlice& s, int64_t lane, NormStatistics& out) {
    constexpr int64_t kPiece = 256;
    const D d;
    const int64_t lanes = s.width - lane;
    V mean = hn::Zero(d), squares = hn::Zero(d);
    for (int64_t first = 0; first < s.pixels; first += kPiece) {
        const int64_t n = std::min(kPiece, s.pixels - first);
        const float* x = s.x + first * s.step + lane;
        V sum = hn::Zero(d), deviations = hn::Zero(d);
        for (int64_t p = 0; p < n; ++p) sum = hn::Add(sum, loadUpTo<F32Codec>(d, x + p * s.step, lanes, 0));
        const V center = hn::Mul(sum, hn::Set(d, 1.0f / static_cast<float>(n)));
        for (int64_t p = 0; p < n; ++p) {
            const V v = hn::Sub(loadUpTo<F32Codec>(d, x + p * s.step, lanes, 0), center);
            deviations = hn::MulAdd(v, v, deviations);
        }
        join(mean, squares, static_cast<float>(first), center, deviations, static_cast<float>(n));
    }
    storeUpTo<F32Codec>(d, mean, out.mean + lane, lanes);
    storeUpTo<F32Codec>(d, squares, out.squares + lane, lanes);
}

//! One channel whose elements are contiguous.
void planeStatistics(const NormSlice& s, NormStatistics& out) {
    constexpr int64_t kPiece = 4096;
    const D d;
    V mean = hn::Zero(d), squares = hn::Zero(d);  // the same number in each lane
    for (int64_t first = 0; first < s.pixels; first += kPiece) {
        const int64_t n = std::min(kPiece, s.pixels - first);
        const float* x = s.x + first;
        const auto total = [&](auto f) HWY_ATTR {
            V sum = hn::Zero(d), sum2 = sum;
            int64_t i = 0;
            for (; i + 2 * kLanes <= n; i += 2 * kLanes) sum = hn::Add(sum, f(i)), sum2 = hn::Add(sum2, f(i + kLanes));
            for (; i < n; i += kLanes) sum = hn::Add(sum, f(i));
            return hn::SumOfLanes(d, hn::Add(sum, sum2));
        };
        const V sum = total([&](int64_t i) HWY_ATTR { return loadUpTo<F32Codec>(d, x + i, n - i, 0); });
        const V center = hn::Mul(sum, hn::Set(d, 1.0f / static_cast<float>(n)));
        const float rest = hn::GetLane(center);
        const V deviations = total([&](int64_t i) HWY_ATTR {
            const V v = hn::Sub(loadUpTo<F32Codec>(d, x + i, n - i, rest), center);
            return hn::Mul(v, v);
        });
        join(mean, squares, static_cast<float>(first), center, deviations, static_cast<float>(n));
    }
    out.mean[0] = hn::GetLane(mean);
    out.squares[0] = hn::GetLane(squares);
}

void sliceStatistics(const NormSlice& s, NormStatistics& out) {
    if (s.plane) return planeStatistics(s, out);
    for (int64_t lane = 0; lane < s.width; lane += kLanes) pixelStatistics(s, lane, out);
}

HWY_INLINE V affine(V x, V mean, V factor, V bias, const NormAffine& a) {
    const D d;
    V v = hn::MulAdd(hn::Sub(x, mean), factor, bias);
    if (a.swish) v = hn::Mul(v, vsigmoid(d, v));
    return hn::Min(hn::Set(d, a.high), hn::Max(hn::Set(d, a.low), v));
}

void sliceApply(const NormSlice& s, const NormAffine& a) {
    const D d;
    if (s.plane) {
        const V mean = hn::Set(d, a.mean[0]), factor = hn::Set(d, a.factor[0]), bias = hn::Set(d, a.bias[0]);
        for (int64_t i = 0; i < s.pixels; i += kLanes) {
            const V x = loadUpTo<F32Codec>(d, s.x + i, s.pixels - i, 0);
            storeUpTo<F32Codec>(d, affine(x, mean, factor, bias, a), s.y + i, s.pixels - i);
        }
        return;
    }
    for (int64_t lane = 0; lane < s.width; lane += kLanes) {
        const V mean = hn::LoadU(d, a.mean + lane), factor = hn::LoadU(d, a.factor + lane);
        const V bias = hn::LoadU(d, a.bias + lane);
        for (int64_t p = 0; p < s.pixels; ++p) {
            const V x = loadUpTo<F32Codec>(d, s.x + p * s.step + lane, s.width - lane, 0);
            storeUpTo<F32Codec>(d, affine(x, mean, factor, bias, a), s.y + p * s.step + lane, s.width - lane);
        }
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "backends/cpu/kernels/conv.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/parallel.h"

namespace opentrt::cpu::kernels {

HWY_EXPORT(sliceStatistics);
HWY_EXPORT(sliceApply);

int64_t groupNormWorkspace(const GroupNormArgs& args) {
    return 2 * args.batch * roundUpTo16(args.channels);
}

void groupNorm(const GroupNormArgs& args, float* workspace) {
    const int64_t channels = args.channels, perGroup = channels / args.groups;
    if (args.batch * channels * args.spatial == 0) return;
    const bool planes = args.layout == ImageLayout::Nchw;
    const ImageStrides strides = imageStrides(args.layout, channels, args.spatial);
    const int64_t slices = planes ? channels : ceilDiv(channels, 16);
    const bool padded = args.layout == ImageLayout::Nchw16c;
    const auto slice = [&](int64_t n, int64_t s) {
        const int64_t at = n * strides.image + (planes ? s * args.spatial : s * strides.block);
        const int64_t width = planes ? 1 : padded ? 16 : std::min<int64_t>(16, channels - s * 16);
        return NormSlice{args.x + at, args.y + at, args.spatial, planes ? 1 : strides.pixel, width, planes};
    };
    const int64_t work = args.spatial * (planes ? 1 : 16) / 4;
    float* means = workspace;
    float* squares = workspace + args.batch * roundUpTo16(channels);
    const auto statistics = HWY_DYNAMIC_DISPATCH(sliceStatistics);
    parallelTasks(args.batch * slices, work, [&](int64_t task) {
        const int64_t n = task / slices, s = task % slices, first = planes ? s : s * 16;
        NormStatistics out;
        statistics(slice(n, s), out);
        const int64_t count = std::min<int64_t>(planes ? 1 : 16, channels - first);
        std::copy_n(out.mean, count, means + n * channels + first);
        std::copy_n(out.squares, count, squares + n * channels + first);
    });
    // The group's mean and factor replace each channel's statistics.
    parallelTasks(args.batch * args.groups, perGroup * 4, [&](int64_t task) {
        float* mean = means + task * perGroup;
        float* square = squares + task * perGroup;
        double center = 0, deviations = 0;
        for (int64_t c = 0; c < perGroup; ++c) center += static_cast<double>(mean[c]);
        center /= static_cast<double>(perGroup);
        for (int64_t c = 0; c < perGroup; ++c) {
            const double delta = static_cast<double>(mean[c]) - center;
            deviations += static_cast<double>(square[c]) + delta * delta * static_cast<double>(args.spatial);
        }
        const double variance = deviations / static_cast<double>(perGroup * args.spatial);
        const double factor = 1 / std::sqrt(variance + static_cast<double>(args.epsilon));
        for (int64_t c = 0; c < perGroup; ++c) {
            const int64_t channel = task % args.groups * perGroup + c;
            const double f = factor * (args.scale ? static_cast<double>(args.scale[channel]) : 1.0);
            mean[c] = static_cast<float>(center);
            square[c] = static_cast<float>(f);
        }
    });
    const auto apply = HWY_DYNAMIC_DISPATCH(sliceApply);
    parallelTasks(args.batch * slices, work, [&](int64_t task) {
        const int64_t n = task / slices, s = task % slices, first = planes ? s : s * 16;
        NormAffine a{{}, {}, {}, args.clampLow, args.clampHigh, args.swish};
        const int64_t count = std::min<int64_t>(planes ? 1 : 16, channels - first);
        std::copy_n(means + n * channels + first, count, a.mean);
        std::copy_n(squares + n * channels + first, count, a.factor);
        if (args.bias) std::copy_n(args.bias + first, count, a.bias);
        apply(slice(n, s), a);
    });
}

}  // namespace opentrt::cpu::kernels
#endif
