// SPDX-License-Identifier: Apache-2.0
// Vector mathematics in f32, for inclusion by kernels compiled once per instruction set. Errors are at most 2 ulp for
// exp, log, pow, sin and cos, 3 ulp for sigmoid, 7 ulp for tanh and erf. Coefficients are minimax fits (Lawson
// iteration) of relative error made for these ranges. NaN stays NaN. Tested by vmath_test.cpp.

#if defined(OPENTRT_KERNELS_VMATH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OPENTRT_KERNELS_VMATH_INL_H
#undef OPENTRT_KERNELS_VMATH_INL_H
#else
#define OPENTRT_KERNELS_VMATH_INL_H
#endif

#include <cmath>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

//! Min and max that hand NaN in `x` on. x86 instructions return their second operand then; other targets may not.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V clampKeepNan(D d, float low, V x, float high) {
    const V y = hn::Min(hn::Set(d, high), hn::Max(hn::Set(d, low), x));
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
    return hn::IfThenElse(hn::IsNaN(x), x, y);
#else
    return y;
#endif
}

//! Horner's rule, coefficients from the highest power down.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V polynomial(D d, V, float c) {
    return hn::Set(d, c);
}
template <class D, class V, class... Rest>
HWY_INLINE V polynomialFrom(D, V, V sum) {
    return sum;
}
template <class D, class V, class... Rest>
HWY_INLINE V polynomialFrom(D d, V x, V sum, float next, Rest... rest) {
    return polynomialFrom(d, x, hn::MulAdd(sum, x, hn::Set(d, next)), rest...);
}
template <class D, class V, class... Rest>
HWY_INLINE V polynomial(D d, V x, float first, float second, Rest... rest) {
    return polynomialFrom(d, x, hn::Set(d, first), second, rest...);
}

//! 1.5 * 2^23: adding it to a number below 2^22 rounds to an integer, which then stands in the lowest bits.
inline constexpr float kRounder = 12582912.0f;

//! e^x = 2^n * e^r; returns e^r and gives n + kRounder. |x| must be below 200.
template <class D, class V>
HWY_INLINE V expReduced(D d, V x, V& rounded) {
    rounded = hn::MulAdd(x, hn::Set(d, 1.44269504f), hn::Set(d, kRounder));
    const V n = hn::Sub(rounded, hn::Set(d, kRounder));
    // ln 2 in two parts; the first has so few bits that its product with n is exact without fused operations.
    V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
    r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
    const V p = polynomial(d, r, 1.38146105e-3f, 8.36871126e-3f, 4.16683875e-2f, 0.166665207f, 0.499999935f);
    return hn::Add(hn::MulAdd(hn::Mul(r, r), p, r), hn::Set(d, 1.0f));
}

//! 2^n for n in [-126, 127].
template <class D>
HWY_INLINE hn::Vec<D> powerOfTwo(D d, hn::Vec<hn::RebindToSigned<D>> n) {
    const hn::RebindToSigned<D> di;
    return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(n, hn::Set(di, 127))));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V vexp(D d, V x) {
    const hn::RebindToSigned<D> di;
    V rounded;
    const V e = expReduced(d, clampKeepNan(d, -105.0f, x, 89.0f), rounded);
    const auto n = hn::Sub(hn::BitCast(di, rounded), hn::BitCast(di, hn::Set(d, kRounder)));
    // Two factors, because 2^n itself may be below or above what a float holds.
    const auto half = hn::ShiftRight<1>(n);
    return hn::Mul(hn::Mul(e, powerOfTwo(d, half)), powerOfTwo(d, hn::Sub(n, half)));
}

//! e^x for x in [-87, 88]; beyond, that of the nearer end.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V vexpClamped(D d, V x) {
    const hn::RebindToSigned<D> di;
    V rounded;
    const V e = expReduced(d, clampKeepNan(d, -87.0f, x, 88.0f), rounded);
    // The shift leaves n alone of n + kRounder.
    const auto exponent = hn::ShiftLeft<23>(hn::BitCast(di, rounded));
    return hn::Mul(e, hn::BitCast(d, hn::Add(exponent, hn::BitCast(di, hn::Set(d, 1.0f)))));
}

//! e^x for x <= 88, with results below the normal range flushed to zero: for softmax.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V vexpFlush(D d, V x) {
    return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, -87.0f)), vexpClamped(d, x));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V vlog(D d, V x) {
    const hn::RebindToSigned<D> di;
    const auto tiny = hn::Lt(x, hn::Set(d, 1.17549435e-38f));
    const V scaled = hn::IfThenElse(tiny, hn::Mul(x, hn::Set(d, 8388608.0f)), x);
    // x = 2^n * m with m in [sqrt(1/2), sqrt(2)).
    const auto bits = hn::Sub(hn::BitCast(di, scaled), hn::Set(di, 0x3f3504f3));
    const auto exponent = hn::ShiftRight<23>(bits);
    const V m = hn::BitCast(d, hn::Add(hn::And(bits, hn::Set(di, 0x007fffff)), hn::Set(di, 0x3f3504f3)));
    V n = hn::ConvertTo(d, exponent);
    n = hn::Sub(n, hn::IfThenElseZero(tiny, hn::Set(d, 23.0f)));
    const V f = hn::Sub(m, hn::Set(d, 1.0f));
    const V p = polynomial(d, f, 6.74664405e-2f, -0.116756584f, 0.118881643f, -0.124055881f, 0.14219552f, -0.166679959f,
                           0.200021187f, -0.250000096f, 0.333333126f);
    const V f2 = hn::Mul(f, f);
    V tail = hn::MulAdd(hn::Mul(f2, f), p, hn::Mul(n, hn::Set(d, -2.12194440e-4f)));
    tail = hn::NegMulAdd(hn::Set(d, 0.5f), f2, tail);
    V y = hn::MulAdd(n, hn::Set(d, 0.693359375f), hn::Add(f, tail));
    const float infinity = HUGE_VALF;
    y = hn::IfThenElse(hn::Eq(x, hn::Set(d, infinity)), x, y);
    y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Set(d, -infinity), y);
    // Negative numbers and NaN fail this comparison.
    return hn::IfThenElse(hn::Ge(x, hn::Zero(d)), y, hn::Set(d, NAN));
}

//! 1 / x within 2 ulp for x of at least 1; results below the normal range may be zero. AVX-512 starts from 14 bits, so
//! that one step of Newton's method is enough, which takes half the time of a division.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V vreciprocal(D d, V x) {
#if HWY_TARGET == HWY_AVX3
    const V r = hn::ApproximateReciprocal(x);
    return hn::MulAdd(r, hn::NegMulAdd(x, r, hn::Set(d, 1.0f)), r);
#else
    return hn::Div(hn::Set(d, 1.0f), x);
#endif
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V vsigmoid(D d, V x) {
    return vreciprocal(d, hn::Add(vexpClamped(d, hn::Neg(x)), hn::Set(d, 1.0f)));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V vtanh(D d, V x) {
    const V c = clampKeepNan(d, -9.01f, x, 9.01f);
    const V t = hn::Mul(c, c);
    const V p =
        polynomial(d, t, 1.82085204e-11f, -1.27619989e-8f, 9.26122936e-6f, 2.92008141e-3f, 0.12918595f, 0.999999941f);
    const V q = polynomial(d, t, 2.28006248e-4f, 2.37603816e-2f, 0.462518784f, 1.0f);
    return clampKeepNan(d, -1.0f, hn::Mul(hn::Mul(c, p), vreciprocal(d, q)), 1.0f);
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V verf(D d, V x) {
    const V c = clampKeepNan(d, -3.92f, x, 3.92f);
    const V t = hn::Mul(c, c);
    const V p = polynomial(d, t, 1.99238901e-8f, -1.95780252e-6f, 1.41847762e-4f, 3.70154233e-3f, 5.05731498e-2f,
                           0.19992329f, 1.12837911f);
    const V q = polynomial(d, t, 9.56019079e-4f, 1.43530831e-2f, 0.114997888f, 0.510509058f, 1.0f);
    return clampKeepNan(d, -1.0f, hn::Mul(hn::Mul(c, p), vreciprocal(d, q)), 1.0f);
}

//! Replaces v by f of each lane: for functions that are rare, and for arguments outside a vector formula's range.
template <class D, class F, class V = hn::Vec<D>>
HWY_INLINE V perLane(D d, V v, F f) {
    HWY_ALIGN float lanes[hn::MaxLanes(d)];
    hn::Store(v, d, lanes);
    for (float& lane : lanes) lane = f(lane);
    return hn::Load(d, lanes);
}
template <class D, class F, class V = hn::Vec<D>>
HWY_INLINE V perLane(D d, V v, V w, F f) {
    HWY_ALIGN float lanes[hn::MaxLanes(d)];
    HWY_ALIGN float others[hn::MaxLanes(d)];
    hn::Store(v, d, lanes);
    hn::Store(w, d, others);
    for (size_t i = 0; i < hn::MaxLanes(d); ++i) lanes[i] = f(lanes[i], others[i]);
    return hn::Load(d, lanes);
}

//! sin(x), or cos(x) when `quadrant` is 1. Cody-Waite reduction by multiples of pi / 2; large arguments go to the C
//! library.
template <int quadrant, class D, class V = hn::Vec<D>>
HWY_INLINE V vsinCos(D d, V x) {
    const hn::RebindToSigned<D> di;
    const V rounded = hn::MulAdd(x, hn::Set(d, 0.636619772f), hn::Set(d, kRounder));
    const V n = hn::Sub(rounded, hn::Set(d, kRounder));
    V r = hn::NegMulAdd(n, hn::Set(d, 1.5703125f), x);
    r = hn::NegMulAdd(n, hn::Set(d, 4.83751297e-4f), r);
    r = hn::NegMulAdd(n, hn::Set(d, 7.54953362e-8f), r);
    r = hn::NegMulAdd(n, hn::Set(d, 2.56334406e-12f), r);
    const V t = hn::Mul(r, r);
    const V s = hn::MulAdd(hn::Mul(t, r), polynomial(d, t, -1.95166553e-4f, 8.33217354e-3f, -0.166666549f), r);
    const V c = hn::MulAdd(hn::Mul(t, t), polynomial(d, t, 2.44324125e-5f, -1.38873099e-3f, 4.16666456e-2f),
                           hn::NegMulAdd(hn::Set(d, 0.5f), t, hn::Set(d, 1.0f)));
    const auto turn = hn::Add(hn::BitCast(di, rounded), hn::Set(di, quadrant));
    const auto odd = hn::Ne(hn::And(turn, hn::Set(di, 1)), hn::Zero(di));
    const V sign = hn::BitCast(d, hn::ShiftLeft<30>(hn::And(turn, hn::Set(di, 2))));
    const V result = hn::Xor(hn::IfThenElse(hn::RebindMask(d, odd), c, s), sign);
    const auto small = hn::Le(hn::Abs(x), hn::Set(d, 10000.0f));
    if (hn::AllTrue(d, small)) return result;
    // The other lanes keep what they have: a number must not depend on its neighbours.
    return hn::IfThenElse(small, result, perLane(d, x, [](float v) { return quadrant ? std::cos(v) : std::sin(v); }));
}

//! x^y with the rules of the C library. In the common case the logarithm and exponential are taken in double.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V vpow(D d, V x, V y) {
    return perLane(d, x, y, [](float a, float b) {
        return a > 0 ? static_cast<float>(std::exp2(static_cast<double>(b) * std::log2(static_cast<double>(a))))
                     : std::pow(a, b);
    });
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#endif  // OPENTRT_KERNELS_VMATH_INL_H
