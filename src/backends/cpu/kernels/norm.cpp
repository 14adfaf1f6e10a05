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

//! Sum of f(i) over vectors starting at i < n; two running sums hide the latency of addition.
template <class F>
HWY_INLINE float sumVectors(int64_t n, F f) {
    const D d;
    V sum = hn::Zero(d), sum2 = sum;
    int64_t i = 0;
    for (; i + 2 * kLanes <= n; i += 2 * kLanes) sum = hn::Add(sum, f(i)), sum2 = hn::Add(sum2, f(i + kLanes));
    for (; i < n; i += kLanes) sum = hn::Add(sum, f(i));
    return hn::GetLane(hn::SumOfLanes(d, hn::Add(sum, sum2)));
}

template <class Codec>
void layerNormRow(const LayerNormArgs& args, int64_t row) {
    using T = typename Codec::Type;
    const D d;
    const int64_t n = args.cols;
    const T* x = static_cast<const T*>(args.x) + row * n;
    const T* residual = args.residual ? static_cast<const T*>(args.residual) + row * n : nullptr;
    T* total = args.sum ? static_cast<T*>(args.sum) + row * n : nullptr;
    T* y = static_cast<T*>(args.y) + row * n;
    // Lanes beyond the end of the row are `rest`.
    const auto load = [&](int64_t i, float rest) HWY_ATTR {
        V v = loadUpTo<Codec>(d, x + i, n - i, rest);
        return residual ? hn::Add(v, loadUpTo<Codec>(d, residual + i, n - i, 0)) : v;
    };
    const float sum = args.rms ? 0 : sumVectors(n, [&](int64_t i) HWY_ATTR { return load(i, 0); });
    const float mean = sum / static_cast<float>(n);
    const V center = hn::Set(d, mean);
    const float squares = sumVectors(n, [&](int64_t i) HWY_ATTR {
        const V v = hn::Sub(load(i, mean), center);
        return hn::Mul(v, v);
    });
    const float variance = squares / static_cast<float>(n);
    const V factor = hn::Set(d, 1.0f / std::sqrt(variance + args.epsilon));
    for (int64_t i = 0; i < n; i += kLanes) {
        const V v = load(i, 0);
        if (total) storeUpTo<Codec>(d, v, total + i, n - i);
        V r = hn::Mul(hn::Sub(v, center), factor);
        if (args.scale) r = hn::Mul(r, loadUpTo<F32Codec>(d, args.scale + i, n - i, 0));
        if (args.bias) r = hn::Add(r, loadUpTo<F32Codec>(d, args.bias + i, n - i, 0));
        storeUpTo<Codec>(d, r, y + i, n - i);
    }
}

void layerNormHere(const LayerNormArgs& args, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
        if (args.type == DType::F16) {
            layerNormRow<F16Codec>(args, row);
        } else if (args.type == DType::BF16) {
            layerNormRow<BF16Codec>(args, row);
        } else {
            layerNormRow<F32Codec>(args, row);
        }
    }
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
