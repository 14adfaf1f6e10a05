// SPDX-License-Identifier: Apache-2.0
// The operations of pointwise chains on one vector, for pointwise_chain.cpp. All values travel as f32 vectors; integers
// and truth values (all ones or zeros) are bit patterns in them.

#if defined(OPENTRT_KERNELS_POINTWISE_OPS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OPENTRT_KERNELS_POINTWISE_OPS_INL_H
#undef OPENTRT_KERNELS_POINTWISE_OPS_INL_H
#else
#define OPENTRT_KERNELS_POINTWISE_OPS_INL_H
#endif

#include <cmath>

#include "backends/cpu/kernels/convert-inl.h"
#include "backends/cpu/kernels/vmath-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using PD = hn::ScalableTag<float>;
using PDI = hn::Rebind<int32_t, PD>;
using PD8 = hn::Rebind<int8_t, PD>;
using PDU8 = hn::Rebind<uint8_t, PD>;
using PV = hn::Vec<PD>;
using PVI = hn::Vec<PDI>;

HWY_INLINE PV asFloat(PVI v) {
    return hn::BitCast(PD(), v);
}
HWY_INLINE PVI asInt(PV v) {
    return hn::BitCast(PDI(), v);
}
template <class M>
HWY_INLINE PV truth(M mask) {
    return hn::VecFromMask(PD(), mask);
}
template <class M>
HWY_INLINE PV intTruth(M mask) {
    return asFloat(hn::VecFromMask(PDI(), mask));
}
HWY_INLINE PV one() {
    return hn::Set(PD(), 1.0f);
}

#define UNARY(Name, expression)                               \
    struct Name {                                             \
        static HWY_INLINE PV run(PV x) { return expression; } \
    }
#define BINARY(Name, expression)                                    \
    struct Name {                                                   \
        static HWY_INLINE PV run(PV x, PV y) { return expression; } \
    }
#define UNARY_LANES(Name, expression)                                    \
    struct Name {                                                        \
        static HWY_INLINE PV run(PV v) {                                 \
            return perLane(PD(), v, [](float x) { return expression; }); \
        }                                                                \
    }

BINARY(OpAdd, hn::Add(x, y));
BINARY(OpSub, hn::Sub(x, y));
BINARY(OpRSub, hn::Sub(y, x));
BINARY(OpMul, hn::Mul(x, y));
BINARY(OpDiv, hn::Div(x, y));
BINARY(OpRDiv, hn::Div(y, x));
// NaN in either operand wins. x86 hands a NaN in the second operand on by itself, and immediates are never NaN.
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
BINARY(OpMinI, hn::IfThenElse(hn::IsNaN(x), x, hn::Min(y, x)));
BINARY(OpMaxI, hn::IfThenElse(hn::IsNaN(x), x, hn::Max(y, x)));
BINARY(OpMin, hn::IfThenElse(hn::IsNaN(y), y, OpMinI::run(x, y)));
BINARY(OpMax, hn::IfThenElse(hn::IsNaN(y), y, OpMaxI::run(x, y)));
#else
BINARY(OpMinI, hn::Min(y, x));
BINARY(OpMaxI, hn::Max(y, x));
BINARY(OpMin, hn::IfThenElse(hn::IsNaN(y), y, hn::Min(y, x)));
BINARY(OpMax, hn::IfThenElse(hn::IsNaN(y), y, hn::Max(y, x)));
#endif
BINARY(OpEqual, truth(hn::Eq(x, y)));
BINARY(OpGreater, truth(hn::Gt(x, y)));
BINARY(OpLess, truth(hn::Lt(x, y)));
BINARY(OpPow, vpow(PD(), x, y));
struct OpFloorDiv {
    // In double, since a quotient rounded up to a whole number would give the next floor.
    static HWY_INLINE PV run(PV x, PV y) {
        return perLane(PD(), x, y, [](float a, float b) {
            return static_cast<float>(std::floor(static_cast<double>(a) / static_cast<double>(b)));
        });
    }
};
struct OpFMod {
    static HWY_INLINE PV run(PV x, PV y) {
        return perLane(PD(), x, y, [](float a, float b) { return std::fmod(a, b); });
    }
};
struct OpMod {
    static HWY_INLINE PV run(PV x, PV y) {
        return perLane(PD(), x, y, [](float a, float b) {
            const float r = std::fmod(a, b);
            return r != 0 && (r < 0) != (b < 0) ? r + b : r;
        });
    }
};

UNARY(OpNeg, hn::Neg(x));
UNARY(OpAbs, hn::Abs(x));
UNARY(OpSquare, hn::Mul(x, x));
UNARY(OpSqrt, hn::Sqrt(x));
UNARY(OpRecip, hn::Div(one(), x));
UNARY(OpCeil, hn::Ceil(x));
UNARY(OpFloor, hn::Floor(x));
UNARY(OpRoundEven, hn::Round(x));
UNARY(OpSign,
      hn::IfThenElse(hn::Gt(x, hn::Zero(PD())), one(), hn::IfThenElse(hn::Lt(x, hn::Zero(PD())), hn::Neg(one()), x)));
UNARY(OpIsInf, truth(hn::IsInf(x)));
UNARY(OpIsNan, truth(hn::IsNaN(x)));
UNARY(OpExp, vexp(PD(), x));
UNARY(OpLog, vlog(PD(), x));
UNARY(OpSigmoid, vsigmoid(PD(), x));
UNARY(OpSwish, hn::Mul(x, vsigmoid(PD(), x)));
UNARY(OpTanh, vtanh(PD(), x));
UNARY(OpErf, verf(PD(), x));
UNARY(OpSin, vsinCos<0>(PD(), x));
UNARY(OpCos, vsinCos<1>(PD(), x));
UNARY_LANES(OpTan, std::tan(x));
UNARY_LANES(OpSinh, std::sinh(x));
UNARY_LANES(OpCosh, std::cosh(x));
UNARY_LANES(OpAsin, std::asin(x));
UNARY_LANES(OpAcos, std::acos(x));
UNARY_LANES(OpAtan, std::atan(x));
UNARY_LANES(OpAsinh, std::asinh(x));
UNARY_LANES(OpAcosh, std::acosh(x));
UNARY_LANES(OpAtanh, std::atanh(x));

BINARY(OpAnd, hn::And(x, y));
BINARY(OpOr, hn::Or(x, y));
BINARY(OpXor, hn::Xor(x, y));
UNARY(OpNot, asFloat(hn::Not(asInt(x))));

BINARY(OpIntAdd, asFloat(hn::Add(asInt(x), asInt(y))));
BINARY(OpIntSub, asFloat(hn::Sub(asInt(x), asInt(y))));
BINARY(OpIntMul, asFloat(hn::Mul(asInt(x), asInt(y))));
BINARY(OpIntMin, asFloat(hn::Min(asInt(x), asInt(y))));
BINARY(OpIntMax, asFloat(hn::Max(asInt(x), asInt(y))));
BINARY(OpIntEqual, intTruth(hn::Eq(asInt(x), asInt(y))));
BINARY(OpIntGreater, intTruth(hn::Gt(asInt(x), asInt(y))));
BINARY(OpIntLess, intTruth(hn::Lt(asInt(x), asInt(y))));

UNARY(OpFloatToInt, asFloat(hn::ConvertTo(PDI(), hn::IfThenZeroElse(hn::IsNaN(x), x))));
UNARY(OpFloatToI8, OpFloatToInt::run(OpMinI::run(OpMaxI::run(x, hn::Set(PD(), -128.0f)), hn::Set(PD(), 127.0f))));
UNARY(OpFloatToU8, OpFloatToInt::run(OpMinI::run(OpMaxI::run(x, hn::Zero(PD())), hn::Set(PD(), 255.0f))));
UNARY(OpIntToI8, asFloat(hn::ShiftRight<24>(hn::ShiftLeft<24>(asInt(x)))));
UNARY(OpIntToU8, asFloat(hn::And(asInt(x), hn::Set(PDI(), 255))));
UNARY(OpIntToFloat, hn::ConvertTo(PD(), asInt(x)));
// NaN counts as true, so this is not Ne, which some instruction sets answer with false for NaN.
UNARY(OpFloatToBool, truth(hn::Not(hn::Eq(x, hn::Zero(PD())))));
UNARY(OpIntToBool, intTruth(hn::Ne(asInt(x), hn::Zero(PDI()))));
UNARY(OpBoolToFloat, hn::And(x, one()));
UNARY(OpBoolToInt, asFloat(hn::And(asInt(x), hn::Set(PDI(), 1))));
UNARY(OpRoundF16, F16Codec::round(PD(), x));
UNARY(OpRoundBF16, BF16Codec::round(PD(), x));

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#endif  // OPENTRT_KERNELS_POINTWISE_OPS_INL_H
