// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/attention_rows.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/attention_rows.h"

#include <algorithm>

#include "backends/cpu/kernels/convert-inl.h"
#include "backends/cpu/kernels/vmath-inl.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(D()));

//! Scores [i, i + lanes) with the mask applied; -inf beyond `count`.
HWY_INLINE V maskedScores(const float* scores, int64_t i, int64_t count, const ScoreMask& mask) {
    const D d;
    V v = hn::LoadU(d, scores);
    if (mask.add && mask.step == 1 && i + kLanes <= count) {
        v = hn::Add(v, hn::LoadU(d, mask.add + i));
    } else if (mask.add || mask.allowed) {
        HWY_ALIGN float lanes[kLanes] = {};
        for (int64_t k = 0; k < std::min(kLanes, count - i); ++k) {
            if (mask.add) lanes[k] = mask.add[(i + k) * mask.step];
            if (mask.allowed && !mask.allowed[(i + k) * mask.step]) lanes[k] = -HUGE_VALF;
        }
        v = hn::Add(v, hn::Load(d, lanes));
    }
    if (i + kLanes <= count) return v;
    return hn::IfThenElse(hn::FirstN(d, static_cast<size_t>(std::max<int64_t>(0, count - i))), v,
                          hn::Set(d, -HUGE_VALF));
}

float exponentiate(float* scores, int64_t block, int64_t count, int64_t padded, const ScoreMask& mask,
                   SoftmaxState& state) {
    const D d;
    const auto at = [&](int64_t i) { return scores + i / 16 * block + i % 16; };
    const bool plain = !mask.add && !mask.allowed;
    V top = hn::Set(d, -HUGE_VALF);
    for (int64_t i = 0; i < count; i += kLanes) {
        const V v = maskedScores(at(i), i, count, mask);
        if (!plain) hn::StoreU(v, d, at(i));
        top = hn::Max(top, v);
    }
    const float maximum = std::max(state.maximum, hn::GetLane(hn::MaxOfLanes(d, top)));
    if (maximum == -HUGE_VALF) {
        for (int64_t i = 0; i < padded; i += kLanes) hn::StoreU(hn::Zero(d), d, at(i));
        return 1;
    }
    const V center = hn::Set(d, maximum);
    V sum = hn::Zero(d);
    const ScoreMask none;
    for (int64_t i = 0; i < padded; i += kLanes) {
        const V v = i < count ? vexpFlush(d, hn::Sub(maskedScores(at(i), i, count, none), center)) : hn::Zero(d);
        sum = hn::Add(sum, v);
        hn::StoreU(v, d, at(i));
    }
    const float factor =
        state.maximum == maximum ? 1.0f : hn::GetLane(vexpFlush(d, hn::Set(d, state.maximum - maximum)));
    state.sum = state.sum * factor + hn::GetLane(hn::SumOfLanes(d, sum));
    state.maximum = maximum;
    return factor;
}

template <class Codec>
void dotRowsAs(const float* q, const void* rows, int64_t step, int64_t count, int64_t depth, float* out) {
    const D d;
    const auto* from = static_cast<const typename Codec::Type*>(rows);
    for (int64_t i = 0; i < count; ++i, from += step) {
        V sum = hn::Zero(d), sum2 = sum;
        int64_t k = 0;
        for (; k + 2 * kLanes <= depth; k += 2 * kLanes) {
            sum = hn::MulAdd(hn::LoadU(d, q + k), Codec::load(d, from + k), sum);
            sum2 = hn::MulAdd(hn::LoadU(d, q + k + kLanes), Codec::load(d, from + k + kLanes), sum2);
        }
        for (; k < depth; k += kLanes)
            sum =
                hn::MulAdd(loadUpTo<F32Codec>(d, q + k, depth - k, 0), loadUpTo<Codec>(d, from + k, depth - k, 0), sum);
        out[i] = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum, sum2)));
    }
}

template <class Codec>
void addRowsAs(const float* weights, const void* rows, int64_t step, int64_t count, int64_t depth, float* sum) {
    const D d;
    const auto* from = static_cast<const typename Codec::Type*>(rows);
    for (int64_t e = 0; e < depth; e += 4 * kLanes) {
        const auto load = [&](int64_t i, int64_t part) HWY_ATTR {
            return loadUpTo<Codec>(d, from + i * step + e + part * kLanes, depth - e - part * kLanes, 0);
        };
        const auto start = [&](int64_t part) HWY_ATTR {
            return loadUpTo<F32Codec>(d, sum + e + part * kLanes, depth - e - part * kLanes, 0);
        };
        V s0 = start(0), s1 = start(1), s2 = start(2), s3 = start(3);
        for (int64_t i = 0; i < count; ++i) {
            const V w = hn::Set(d, weights[i]);
            s0 = hn::MulAdd(w, load(i, 0), s0);
            s1 = hn::MulAdd(w, load(i, 1), s1);
            s2 = hn::MulAdd(w, load(i, 2), s2);
            s3 = hn::MulAdd(w, load(i, 3), s3);
        }
        const auto finish = [&](int64_t part, V v) HWY_ATTR {
            storeUpTo<F32Codec>(d, v, sum + e + part * kLanes, depth - e - part * kLanes);
        };
        finish(0, s0), finish(1, s1), finish(2, s2), finish(3, s3);
    }
}

void dotRows(DType type, const float* q, const void* rows, int64_t step, int64_t count, int64_t depth, float* out) {
    if (type == DType::F16) return dotRowsAs<F16Codec>(q, rows, step, count, depth, out);
    if (type == DType::BF16) return dotRowsAs<BF16Codec>(q, rows, step, count, depth, out);
    dotRowsAs<F32Codec>(q, rows, step, count, depth, out);
}

void addRows(DType type, const float* weights, const void* rows, int64_t step, int64_t count, int64_t depth,
             float* sum) {
    if (type == DType::F16) return addRowsAs<F16Codec>(weights, rows, step, count, depth, sum);
    if (type == DType::BF16) return addRowsAs<BF16Codec>(weights, rows, step, count, depth, sum);
    addRowsAs<F32Codec>(weights, rows, step, count, depth, sum);
}

const AttentionSteps& attentionStepsHere() {
    static const AttentionSteps steps{exponentiate, dotRows, addRows};
    return steps;
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace opentrt::cpu::kernels {

HWY_EXPORT(attentionStepsHere);
const AttentionSteps& attentionSteps() {
    return HWY_DYNAMIC_DISPATCH(attentionStepsHere)();
}

}  // namespace opentrt::cpu::kernels
#endif
