// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/norm.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/norm.h"

#include <algorithm>
#include <cmath>

#include "backends/cpu/kernels/convert-inl.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(D()));

//! Sum of f over a row: f(i, lanes) for whole vectors, in four running sums that hide the latency of addition, and one
//! call for what is left.
template <class F>
HWY_INLINE float sumVectors(int64_t n, F f) {
    const D d;
    V a = hn::Zero(d), b = a, c = a, e = a;
    int64_t i = 0;
    for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
        a = hn::Add(a, f(i, kLanes));
        b = hn::Add(b, f(i + kLanes, kLanes));
        c = hn::Add(c, f(i + 2 * kLanes, kLanes));
        e = hn::Add(e, f(i + 3 * kLanes, kLanes));
    }
    for (; i + kLanes <= n; i += kLanes) a = hn::Add(a, f(i, kLanes));
    if (i < n) b = hn::Add(b, f(i, n - i));
    return hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(a, b), hn::Add(c, e))));
}

template <class Codec, bool residual>
struct Row {
    using T = typename Codec::Type;
    const T* x;
    const T* other;

    //! Lanes from `count` on are `rest`.
    HWY_INLINE V load(int64_t i, int64_t count, float rest) const {
        const D d;
        const V v = loadUpTo<Codec>(d, x + i, count, rest);
        if constexpr (residual) return hn::Add(v, loadUpTo<Codec>(d, other + i, count, 0));
        return v;
    }
};

template <class Codec, bool residual>
void layerNormRow(const LayerNormArgs& args, int64_t row) {
    using T = typename Codec::Type;
    const D d;
    const int64_t n = args.cols;
    const Row<Codec, residual> in{static_cast<const T*>(args.x) + row * n,
                                  residual ? static_cast<const T*>(args.residual) + row * n : nullptr};
    T* total = args.sum ? static_cast<T*>(args.sum) + row * n : nullptr;
    T* y = static_cast<T*>(args.y) + row * n;
    const auto plain = [&](int64_t i, int64_t count) HWY_ATTR { return in.load(i, count, 0); };
    const float mean = args.rms ? 0 : sumVectors(n, plain) / static_cast<float>(n);
    const V center = hn::Set(d, mean);
    const auto square = [&](int64_t i, int64_t count) HWY_ATTR {
        const V v = hn::Sub(in.load(i, count, mean), center);
        return hn::Mul(v, v);
    };
    const float variance = sumVectors(n, square) / static_cast<float>(n);
    const V factor = hn::Set(d, 1.0f / std::sqrt(variance + args.epsilon));
    const auto finish = [&](int64_t i, int64_t count) HWY_ATTR {
        const V v = in.load(i, count, 0);
        if (total) storeUpTo<Codec>(d, v, total + i, count);
        V r = hn::Mul(hn::Sub(v, center), factor);
        if (args.scale) r = hn::Mul(r, loadUpTo<F32Codec>(d, args.scale + i, count, 0));
        if (args.bias) r = hn::Add(r, loadUpTo<F32Codec>(d, args.bias + i, count, 0));
        storeUpTo<Codec>(d, r, y + i, count);
    };
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) finish(i, kLanes);
    if (i < n) finish(i, n - i);
}

template <class Codec>
void layerNormRows(const LayerNormArgs& args, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
        args.residual ? layerNormRow<Codec, true>(args, row) : layerNormRow<Codec, false>(args, row);
}

void layerNormHere(const LayerNormArgs& args, int64_t begin, int64_t end) {
    if (args.type == DType::F16) return layerNormRows<F16Codec>(args, begin, end);
    if (args.type == DType::BF16) return layerNormRows<BF16Codec>(args, begin, end);
    layerNormRows<F32Codec>(args, begin, end);
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "backends/cpu/kernels/parallel.h"

namespace opentrt::cpu::kernels {

HWY_EXPORT(layerNormHere);
void layerNorm(const LayerNormArgs& args) {
    if (args.rows * args.cols == 0) return;
    const int64_t perTask = std::max<int64_t>(1, 8192 / args.cols);
    const auto run = HWY_DYNAMIC_DISPATCH(layerNormHere);
    parallelTasks(ceilDiv(args.rows, perTask), perTask * args.cols / 4,
                  [&](int64_t task) { run(args, task * perTask, std::min(args.rows, (task + 1) * perTask)); });
}

}  // namespace opentrt::cpu::kernels
#endif
