// SPDX-License-Identifier: Apache-2.0
// Quantization with a scale for each block of elements, or of types packed two to a byte. The text in front defines
// QUANTIZES, T (of the data; u8 where two are packed), S (of scales), R (of the result), HAS_ZERO and
//   DEV float element(const T* x, u32 i);  DEV float scaleOf(S x);  DEV void putResult(R& to, float x);
struct Args {
    const T* x;
    const S* scale;
    const void* zero;
    R* y;
    u32 count;
    Places places;
    PerDim block, stride;  // elements along a dimension that share a scale; distance of scales
};
DEV float packedInteger(const u8* x, u32 i) { return (float)((i8)((x[i >> 1] >> (i & 1) * 4) << 4) >> 4); }
DEV float packedFloat(const u8* x, u32 i) {
    const u32 bits = x[i >> 1] >> (i & 1) * 4 & 15, rest = bits & 7;
    const float size = rest < 2 ? 0.5f * rest : __uint_as_float((rest << 22) + (126u << 23));
    return bits & 8 ? -size : size;
}
DEV float powerScale(u8 x) { return x == 255 ? __int_as_float(0x7fc00000) : ldexpf(1.f, (int)x - 127); }
DEV float element(const T* x, u32 i);
DEV float zeroAt(const void* zero, u32 i);
DEV float scaleOf(S x);
DEV void putResult(R& to, float x);
KERNEL scaled(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        i64 at = 0;
        eachDim(a.places, i, [&](int d, i64 place) { at += (u32)place / (u32)a.block.v[d] * a.stride.v[d]; });
        const float scale = scaleOf(a.scale[at]), zero = HAS_ZERO ? zeroAt(a.zero, (u32)at) : 0.f, x = element(a.x, i);
        if (QUANTIZES) {
            const float quotient = x / scale;
            putResult(a.y[i], (ROUNDS ? rintf(quotient) : quotient) + zero);
        } else {
            putResult(a.y[i], (x - zero) * scale);
        }
    }
}
