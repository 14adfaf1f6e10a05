// SPDX-License-Identifier: Apache-2.0
// Sums go through lanes for some thousand elements at a time, and these partial sums are joined in double.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/reduce_rows.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/reduce_rows.h"

#include <algorithm>
#include <cmath>

#include "backends/cpu/kernels/convert-inl.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(D()));

struct SumOp {
    static constexpr float kStart = 0;
    static HWY_INLINE V join(V a, V b) { return hn::Add(a, b); }
    static double join(double a, double b) { return a + b; }
};
struct ProdOp {
    static constexpr float kStart = 1;
    static HWY_INLINE V join(V a, V b) { return hn::Mul(a, b); }
    static double join(double a, double b) { return a * b; }
};
struct MaxOp {
    static constexpr float kStart = -HUGE_VALF;
    static HWY_INLINE V join(V a, V b) { return maxOrNan(a, b); }
    static double join(double a, double b) { return a > b || a != a ? a : b; }
};
struct MinOp {
    static constexpr float kStart = HUGE_VALF;
    static HWY_INLINE V join(V a, V b) { return minOrNan(a, b); }
    static double join(double a, double b) { return a < b || a != a ? a : b; }
};

template <class Op>
HWY_INLINE double joinLanes(V v) {
    HWY_ALIGN float lanes[kLanes];
    hn::Store(v, D(), lanes);
    double total = static_cast<double>(Op::kStart);
    for (float lane : lanes) total = Op::join(total, static_cast<double>(lane));
    return total;
}

template <class Codec, class Op>
float rowsAs(const void* x, int64_t inner, const ReduceSteps& steps, int64_t begin, int64_t end) {
    constexpr int64_t kPiece = 4096;
    const D d;
    double total = static_cast<double>(Op::kStart);
    V pending = hn::Set(d, Op::kStart);  // of short runs, until there are enough elements to join
    int64_t waiting = 0;
    for (int64_t s = begin; s < end; ++s) {
        const auto* row = static_cast<const typename Codec::Type*>(x) + steps.at(s);
        for (int64_t first = 0; first < inner; first += kPiece) {
            const int64_t n = std::min(kPiece, inner - first);
            const auto at = [&](int64_t i) HWY_ATTR { return loadUpTo<Codec>(d, row + first + i, n - i, Op::kStart); };
            V a = pending, b = hn::Set(d, Op::kStart), c = b, e = b;
            int64_t i = 0;
            for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
                a = Op::join(a, at(i));
                b = Op::join(b, at(i + kLanes));
                c = Op::join(c, at(i + 2 * kLanes));
                e = Op::join(e, at(i + 3 * kLanes));
            }
            for (; i < n; i += kLanes) a = Op::join(a, at(i));
            pending = Op::join(Op::join(a, b), Op::join(c, e));
            waiting += n;
            if (waiting < kPiece) continue;
            total = Op::join(total, joinLanes<Op>(pending));
            pending = hn::Set(d, Op::kStart);
            waiting = 0;
        }
    }
    return static_cast<float>(Op::join(total, joinLanes<Op>(pending)));
}

//! As columnsAs for at most one vector of columns at a constant distance: four steps at a time, so that each addition
//! need not wait for the one before.
template <class Codec, class Op>
V narrowColumns(const typename Codec::Type* x, int64_t width, int64_t stride, int64_t begin, int64_t end) {
    constexpr int64_t kPiece = 1024;
    const D d;
    const auto at = [&](int64_t s) HWY_ATTR { return loadUpTo<Codec>(d, x + s * stride, width, Op::kStart); };
    V total = hn::Set(d, Op::kStart);
    for (int64_t first = begin; first < end; first += kPiece) {
        const int64_t last = std::min(first + kPiece, end);
        V a = hn::Set(d, Op::kStart), b = a, c = a, e = a;
        int64_t s = first;
        for (; s + 4 <= last; s += 4) {
            a = Op::join(a, at(s));
            b = Op::join(b, at(s + 1));
            c = Op::join(c, at(s + 2));
            e = Op::join(e, at(s + 3));
        }
        for (; s < last; ++s) a = Op::join(a, at(s));
        total = Op::join(total, Op::join(Op::join(a, b), Op::join(c, e)));
    }
    return total;
}

template <class Codec, class Op>
void columnsAs(const void* x, int64_t width, const ReduceSteps& steps, int64_t begin, int64_t end, float* out) {
    constexpr int64_t kPiece = 256;  // steps whose sums are joined before they are added to the others
    const D d;
    if (width <= kLanes && steps.count == 1) {
        const auto* from = static_cast<const typename Codec::Type*>(x);
        return storeUpTo<F32Codec>(d, narrowColumns<Codec, Op>(from, width, steps.strides[0], begin, end), out, width);
    }
    for (int64_t c = 0; c < width; c += 4 * kLanes) {
        const int64_t rest = width - c;
        V total[4], acc[4];
        for (int p = 0; p < 4; ++p) total[p] = hn::Set(d, Op::kStart);
        for (int64_t first = begin; first < end; first += kPiece) {
            for (int p = 0; p < 4; ++p) acc[p] = hn::Set(d, Op::kStart);
            for (int64_t s = first; s < std::min(first + kPiece, end); ++s) {
                const auto* row = static_cast<const typename Codec::Type*>(x) + steps.at(s) + c;
                if (rest >= 4 * kLanes) {
                    for (int p = 0; p < 4; ++p) acc[p] = Op::join(acc[p], Codec::load(d, row + p * kLanes));
                } else {
                    for (int64_t p = 0; p * kLanes < rest; ++p)
                        acc[p] = Op::join(acc[p], loadUpTo<Codec>(d, row + p * kLanes, rest - p * kLanes, Op::kStart));
                }
            }
            for (int p = 0; p < 4; ++p) total[p] = Op::join(total[p], acc[p]);
        }
        for (int64_t p = 0; p * kLanes < std::min(rest, 4 * kLanes); ++p)
            storeUpTo<F32Codec>(d, total[p], out + c + p * kLanes, rest - p * kLanes);
    }
}

template <class Codec>
float rowsOf(ReduceKind kind, const void* x, int64_t inner, const ReduceSteps& steps, int64_t begin, int64_t end) {
    if (kind == ReduceKind::Prod) return rowsAs<Codec, ProdOp>(x, inner, steps, begin, end);
    if (kind == ReduceKind::Max) return rowsAs<Codec, MaxOp>(x, inner, steps, begin, end);
    if (kind == ReduceKind::Min) return rowsAs<Codec, MinOp>(x, inner, steps, begin, end);
    return rowsAs<Codec, SumOp>(x, inner, steps, begin, end);
}
template <class Codec>
void columnsOf(ReduceKind kind, const void* x, int64_t width, const ReduceSteps& steps, int64_t begin, int64_t end,
               float* out) {
    if (kind == ReduceKind::Prod) return columnsAs<Codec, ProdOp>(x, width, steps, begin, end, out);
    if (kind == ReduceKind::Max) return columnsAs<Codec, MaxOp>(x, width, steps, begin, end, out);
    if (kind == ReduceKind::Min) return columnsAs<Codec, MinOp>(x, width, steps, begin, end, out);
    columnsAs<Codec, SumOp>(x, width, steps, begin, end, out);
}

float rows(ReduceKind kind, DType type, const void* x, int64_t inner, const ReduceSteps& steps, int64_t begin,
           int64_t end) {
    if (type == DType::F16) return rowsOf<F16Codec>(kind, x, inner, steps, begin, end);
    if (type == DType::BF16) return rowsOf<BF16Codec>(kind, x, inner, steps, begin, end);
    return rowsOf<F32Codec>(kind, x, inner, steps, begin, end);
}
void columns(ReduceKind kind, DType type, const void* x, int64_t width, const ReduceSteps& steps, int64_t begin,
             int64_t end, float* out) {
    if (type == DType::F16) return columnsOf<F16Codec>(kind, x, width, steps, begin, end, out);
    if (type == DType::BF16) return columnsOf<BF16Codec>(kind, x, width, steps, begin, end, out);
    columnsOf<F32Codec>(kind, x, width, steps, begin, end, out);
}

const ReduceLoops& reduceLoopsHere() {
    static const ReduceLoops loops{rows, columns};
    return loops;
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace opentrt::cpu::kernels {

HWY_EXPORT(reduceLoopsHere);
const ReduceLoops& reduceLoops() {
    return HWY_DYNAMIC_DISPATCH(reduceLoopsHere)();
}

}  // namespace opentrt::cpu::kernels
#endif
