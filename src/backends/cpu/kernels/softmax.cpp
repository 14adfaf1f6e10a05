// SPDX-License-Identifier: Apache-2.0
// Three passes: maximum, exponentials with their sum, scaling. A contiguous axis is vectorised along itself, another
// one across what lies inside of it. F32 keeps exponentials in the output between passes; half precision makes them
// twice instead, since storing them would round. Tested by norm_test.cpp.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/softmax.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/softmax.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "backends/cpu/kernels/convert-inl.h"
#include "backends/cpu/kernels/vmath-inl.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(D()));

//! x * scale + mask of up to a vector of elements; -inf beyond `count`.
template <class Codec>
HWY_INLINE V logits(const typename Codec::Type* x, float scale, const float* mask, int64_t maskStep, int64_t count) {
    const D d;
    V v = hn::Mul(loadUpTo<Codec>(d, x, count, -HUGE_VALF), hn::Set(d, scale));
    if (!mask) return v;
    if (maskStep == 1) return hn::Add(v, loadUpTo<F32Codec>(d, mask, count, 0));
    HWY_ALIGN float lanes[kLanes] = {};
    for (int64_t i = 0; i < std::min(count, kLanes); ++i) lanes[i] = mask[i * maskStep];
    return hn::Add(v, hn::Load(d, lanes));
}

//! One row of contiguous elements.
template <class Codec>
void softmaxRow(const SoftmaxArgs& args, const typename Codec::Type* x, const float* mask, typename Codec::Type* y) {
    const D d;
    const int64_t n = args.axis;
    constexpr bool keeps = std::is_same_v<Codec, F32Codec>;
    const float scale = args.scale;
    const auto at = [&](int64_t i) HWY_ATTR {
        return logits<Codec>(x + i, scale, mask ? mask + i * args.maskAxis : nullptr, args.maskAxis, n - i);
    };
    V top = hn::Set(d, -HUGE_VALF), top2 = top;
    int64_t i = 0;
    for (; i + 2 * kLanes <= n; i += 2 * kLanes) top = hn::Max(top, at(i)), top2 = hn::Max(top2, at(i + kLanes));
    for (; i < n; i += kLanes) top = hn::Max(top, at(i));
    const V maximum = hn::Set(d, hn::GetLane(hn::MaxOfLanes(d, hn::Max(top, top2))));

    V sum = hn::Zero(d), sum2 = sum;
    const auto exponential = [&](int64_t k) HWY_ATTR {
        const V shifted = hn::Sub(at(k), maximum), e = vexpFlush(d, shifted);
        if constexpr (keeps) storeUpTo<F32Codec>(d, args.log ? shifted : e, y + k, n - k);
        return e;
    };
    for (i = 0; i + 2 * kLanes <= n; i += 2 * kLanes)
        sum = hn::Add(sum, exponential(i)), sum2 = hn::Add(sum2, exponential(i + kLanes));
    for (; i < n; i += kLanes) sum = hn::Add(sum, exponential(i));
    const float total = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum, sum2)));

    const V last = hn::Set(d, args.log ? std::log(total) : 1.0f / total);
    for (i = 0; i < n; i += kLanes) {
        V v;
        if constexpr (keeps) {
            v = loadUpTo<F32Codec>(d, y + i, n - i, 0);
        } else {
            v = hn::Sub(at(i), maximum);
            if (!args.log) v = vexpFlush(d, v);
        }
        storeUpTo<Codec>(d, args.log ? hn::Sub(v, last) : hn::Mul(v, last), y + i, n - i);
    }
}

//! A vector of neighbours inside of the axis, whose elements are args.inner apart.
template <class Codec>
void softmaxColumns(const SoftmaxArgs& args, const typename Codec::Type* x, typename Codec::Type* y, int64_t count) {
    const D d;
    const int64_t n = args.axis, step = args.inner;
    constexpr bool keeps = std::is_same_v<Codec, F32Codec>;
    const auto at = [&](int64_t i) HWY_ATTR {
        return hn::Mul(loadUpTo<Codec>(d, x + i * step, count, 0), hn::Set(d, args.scale));
    };
    V maximum = at(0), sum = hn::Zero(d);
    for (int64_t i = 1; i < n; ++i) maximum = hn::Max(maximum, at(i));
    for (int64_t i = 0; i < n; ++i) {
        const V shifted = hn::Sub(at(i), maximum), e = vexpFlush(d, shifted);
        sum = hn::Add(sum, e);
        if constexpr (keeps) storeUpTo<F32Codec>(d, args.log ? shifted : e, y + i * step, count);
    }
    const V last = args.log ? vlog(d, sum) : hn::Div(hn::Set(d, 1.0f), sum);
    for (int64_t i = 0; i < n; ++i) {
        V v;
        if constexpr (keeps) {
            v = loadUpTo<F32Codec>(d, y + i * step, count, 0);
        } else {
            v = hn::Sub(at(i), maximum);
            if (!args.log) v = vexpFlush(d, v);
        }
        storeUpTo<Codec>(d, args.log ? hn::Sub(v, last) : hn::Mul(v, last), y + i * step, count);
    }
}

template <class Codec>
void softmaxAs(const SoftmaxArgs& args, int64_t begin, int64_t end) {
    const auto* x = static_cast<const typename Codec::Type*>(args.x);
    auto* y = static_cast<typename Codec::Type*>(args.y);
    if (args.inner > 1) {
        const int64_t vectors = (args.inner + kLanes - 1) / kLanes;
        for (int64_t task = begin; task < end; ++task)
            for (int64_t v = 0; v < vectors; ++v) {
                const int64_t at = task * args.axis * args.inner + v * kLanes;
                softmaxColumns<Codec>(args, x + at, y + at, args.inner - v * kLanes);
            }
        return;
    }
    for (int64_t row = begin; row < end; ++row) {
        const int64_t o2 = row % args.outer[2], o1 = row / args.outer[2] % args.outer[1];
        const int64_t o0 = row / args.outer[2] / args.outer[1];
        const float* mask = args.mask;
        if (mask) mask += o0 * args.maskOuter[0] + o1 * args.maskOuter[1] + o2 * args.maskOuter[2];
        softmaxRow<Codec>(args, x + row * args.axis, mask, y + row * args.axis);
    }
}

//! Rows [begin, end) of outer.
void softmaxHere(const SoftmaxArgs& args, int64_t begin, int64_t end) {
    if (args.type == DType::F16) return softmaxAs<F16Codec>(args, begin, end);
    if (args.type == DType::BF16) return softmaxAs<BF16Codec>(args, begin, end);
    softmaxAs<F32Codec>(args, begin, end);
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "backends/cpu/kernels/parallel.h"

namespace opentrt::cpu::kernels {

HWY_EXPORT(softmaxHere);
void softmax(const SoftmaxArgs& args) {
    const int64_t rows = args.outer[0] * args.outer[1] * args.outer[2], elements = args.axis * args.inner;
    if (rows * elements == 0) return;
    const int64_t perTask = std::max<int64_t>(1, 4096 / elements);
    const auto run = HWY_DYNAMIC_DISPATCH(softmaxHere);
    parallelTasks(ceilDiv(rows, perTask), perTask * elements,
                  [&](int64_t task) { run(args, task * perTask, std::min(rows, (task + 1) * perTask)); });
}

}  // namespace opentrt::cpu::kernels
#endif
