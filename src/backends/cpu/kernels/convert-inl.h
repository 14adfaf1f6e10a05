// SPDX-License-Identifier: Apache-2.0
// Loads and stores of half precision as f32 vectors, for inclusion by kernels compiled once per instruction set. The
// results equal base/half.h bit for bit on every instruction set.

#if defined(OPENTRT_KERNELS_CONVERT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OPENTRT_KERNELS_CONVERT_INL_H
#undef OPENTRT_KERNELS_CONVERT_INL_H
#else
#define OPENTRT_KERNELS_CONVERT_INL_H
#endif

#include "base/half.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

struct F32Codec {
    using Type = float;
    template <class D>
    static HWY_INLINE hn::Vec<D> load(D d, const float* p) {
        return hn::LoadU(d, p);
    }
    template <class D>
    static HWY_INLINE void store(D d, hn::Vec<D> v, float* p) {
        hn::StoreU(v, d, p);
    }
    static float toFloat(float v) { return v; }
    static float fromFloat(float v) { return v; }
};

struct BF16Codec {
    using Type = uint16_t;
    template <class D>
    static HWY_INLINE hn::Vec<D> load(D d, const uint16_t* p) {
        const hn::Rebind<uint32_t, D> du;
        const hn::Rebind<uint16_t, D> dh;
        return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(du, hn::LoadU(dh, p))));
    }
    //! Bits of v rounded to bf16, in the upper half of each lane.
    template <class D>
    static HWY_INLINE hn::Vec<hn::RebindToUnsigned<D>> roundBits(D /*d*/, hn::Vec<D> v) {
        const hn::RebindToUnsigned<D> du;
        const auto bits = hn::BitCast(du, v);
        const auto lowest = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1u));
        const auto rounded = hn::Add(bits, hn::Add(lowest, hn::Set(du, 0x7fffu)));
        const auto quiet = hn::Or(bits, hn::Set(du, 0x400000u));
        const auto isNan = hn::RebindMask(du, hn::IsNaN(v));
        return hn::And(hn::IfThenElse(isNan, quiet, rounded), hn::Set(du, 0xffff0000u));
    }
    template <class D>
    static HWY_INLINE void store(D d, hn::Vec<D> v, uint16_t* p) {
        const hn::RebindToSigned<D> di;
        const hn::Rebind<uint16_t, D> dh;
        // In [0, 65535], so the saturation of DemoteTo does nothing.
        hn::StoreU(hn::DemoteTo(dh, hn::BitCast(di, hn::ShiftRight<16>(roundBits(d, v)))), dh, p);
    }
    template <class D>
    static HWY_INLINE hn::Vec<D> round(D d, hn::Vec<D> v) {
        return hn::BitCast(d, roundBits(d, v));
    }
    static float toFloat(uint16_t v) { return bf16ToFloat(v); }
    static uint16_t fromFloat(float v) { return floatToBf16(v); }
};

// AVX2 and later convert in hardware; elsewhere Highway's emulation does not round as we want.
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
#define OPENTRT_HAVE_F16C 1
#else
#define OPENTRT_HAVE_F16C 0
#endif

struct F16Codec {
    using Type = uint16_t;
    template <class D>
    static HWY_INLINE hn::Vec<D> load(D d, const uint16_t* p) {
#if OPENTRT_HAVE_F16C
        const hn::Rebind<hwy::float16_t, D> dh;
        const hn::Rebind<uint16_t, D> du;
        return hn::PromoteTo(d, hn::BitCast(dh, hn::LoadU(du, p)));
#else
        HWY_ALIGN float lanes[hn::MaxLanes(d)];
        for (size_t i = 0; i < hn::MaxLanes(d); ++i) lanes[i] = f16ToFloat(p[i]);
        return hn::Load(d, lanes);
#endif
    }
    template <class D>
    static HWY_INLINE void store([[maybe_unused]] D d, hn::Vec<D> v, uint16_t* p) {
#if OPENTRT_HAVE_F16C
        const hn::Rebind<hwy::float16_t, D> dh;
        const hn::Rebind<uint16_t, D> du;
        hn::StoreU(hn::BitCast(du, hn::DemoteTo(dh, v)), du, p);
#else
        HWY_ALIGN float lanes[hn::MaxLanes(d)];
        hn::Store(v, d, lanes);
        for (size_t i = 0; i < hn::MaxLanes(d); ++i) p[i] = floatToF16(lanes[i]);
#endif
    }
    template <class D>
    static HWY_INLINE hn::Vec<D> round(D d, hn::Vec<D> v) {
        uint16_t halves[hn::MaxLanes(d)];
        store(d, v, halves);
        return load(d, halves);
    }
    static float toFloat(uint16_t v) {
        return f16ToFloat(v);
    }
    static uint16_t fromFloat(float v) {
        return floatToF16(v);
    }
};

#undef OPENTRT_HAVE_F16C

//! Extremes that hand NaN on from either side. x86 returns the second operand when one is NaN; Arm returns NaN.
template <class V>
HWY_INLINE V maxOrNan(V a, V b) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
    return hn::IfThenElse(hn::IsNaN(a), a, hn::IfThenElse(hn::IsNaN(b), b, hn::Max(a, b)));
#else
    return hn::IfThenElse(hn::IsNaN(a), a, hn::Max(a, b));
#endif
}
template <class V>
HWY_INLINE V minOrNan(V a, V b) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
    return hn::IfThenElse(hn::IsNaN(a), a, hn::IfThenElse(hn::IsNaN(b), b, hn::Min(a, b)));
#else
    return hn::IfThenElse(hn::IsNaN(a), a, hn::Min(a, b));
#endif
}

//! The first `count` lanes from memory, the others `rest`.
template <class Codec, class D>
HWY_INLINE hn::Vec<D> loadPart(D d, const typename Codec::Type* p, int64_t count, float rest) {
    HWY_ALIGN float lanes[hn::MaxLanes(d)];
    for (int64_t i = 0; i < static_cast<int64_t>(hn::MaxLanes(d)); ++i)
        lanes[i] = i < count ? Codec::toFloat(p[i]) : rest;
    return hn::Load(d, lanes);
}
template <class Codec, class D>
HWY_INLINE void storePart(D d, hn::Vec<D> v, typename Codec::Type* p, int64_t count) {
    HWY_ALIGN float lanes[hn::MaxLanes(d)];
    hn::Store(v, d, lanes);
    for (int64_t i = 0; i < count; ++i) p[i] = Codec::fromFloat(lanes[i]);
}
//! Whole vectors where `count` allows, else parts.
template <class Codec, class D>
HWY_INLINE hn::Vec<D> loadUpTo(D d, const typename Codec::Type* p, int64_t count, float rest) {
    return count >= static_cast<int64_t>(hn::MaxLanes(d)) ? Codec::load(d, p) : loadPart<Codec>(d, p, count, rest);
}
template <class Codec, class D>
HWY_INLINE void storeUpTo(D d, hn::Vec<D> v, typename Codec::Type* p, int64_t count) {
    if (count >= static_cast<int64_t>(hn::MaxLanes(d))) return Codec::store(d, v, p);
    storePart<Codec>(d, v, p, count);
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#endif  // OPENTRT_KERNELS_CONVERT_INL_H
