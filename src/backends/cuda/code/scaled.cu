// SPDX-License-Identifier: Apache-2.0
// Quantization with a scale for each block of elements, or of types packed two to a byte. The text in front defines
// QUANTIZES, ROUNDS, T and R (of data and result; u8 where two are packed), PACKED: two results are, S (of scales), HAS_ZERO,
// DYNAMIC: scales are those of code/dynamic_scales.cu, times the number at `zero`; behind this stand
//   DEV float element(const T* x, u32 i);  DEV float scaleOf(S x);
//   DEV void putResult(R& to, float x);    or, of packed ones, DEV u32 bitsOf(float x);
struct Args {
    const T* x;
    const S* scale;
    const void* zero;
    R* y;
    u32 count, elements;  // what threads store, and what x has
    Places places;
    PerDim block, stride;  // elements along a dimension that share a scale; distance of scales
};
DEV float packedInteger(const u8* x, u32 i) { return (float)((i8)((x[i >> 1] >> (i & 1) * 4) << 4) >> 4); }
DEV float packedFloat(const u8* x, u32 i) {
    const u32 bits = x[i >> 1] >> (i & 1) * 4 & 15, rest = bits & 7;
    const float size = rest < 2 ? 0.5f * rest : __uint_as_float((rest << 22) + (126u << 23));
    return bits & 8 ? -size : size;
}
//! The nearest f4, the even one of two.
DEV u32 floatBits(float x) {
    const float size = fabsf(x);
    const u32 steps = (size > 0.25f) + (size >= 0.75f) + (size > 1.25f) + (size >= 1.75f) + (size > 2.5f) + (size >= 3.5f) +
                      (size > 5.f);
    return x != x ? 7 : steps | (__float_as_uint(x) >> 28 & 8);
}
DEV float powerScale(u8 x) { return x == 255 ? __int_as_float(0x7fc00000) : ldexpf(1.f, (int)x - 127); }
DEV float element(const T* x, u32 i);
DEV float zeroAt(const void* zero, u32 i);
DEV float scaleOf(S x);
DEV float resultOf(const Args& a, u32 i) {
    i64 at = 0;
    eachDim(a.places, i, [&](int d, i64 place) { at += (u32)place / (u32)a.block.v[d] * a.stride.v[d]; });
    const float x = element(a.x, i), scale = scaleOf(a.scale[at]), zero = HAS_ZERO ? zeroAt(a.zero, DYNAMIC ? 0 : (u32)at) : 0.f;
    if (DYNAMIC) {
        const double whole = times(scale, HAS_ZERO ? zero : 1.), quotient = whole == 0 ? 0. : over(x, whole);
        return (float)(ROUNDS ? rint(quotient) : quotient);
    }
    if (!QUANTIZES) return (x - zero) * scale;
    const float quotient = x / scale;
    return (ROUNDS ? rintf(quotient) : quotient) + zero;
}
#if PACKED
DEV u32 bitsOf(float x);
#else
DEV void putResult(R& to, float x);
#endif
KERNEL scaled(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
#if PACKED
        const u32 low = bitsOf(resultOf(a, i * 2)), high = i * 2 + 1 < a.elements ? bitsOf(resultOf(a, i * 2 + 1)) : 0;
        a.y[i] = (u8)(low | high << 4);
#else
        putResult(a.y[i], resultOf(a, i));
#endif
    }
}
