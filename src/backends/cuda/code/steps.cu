// SPDX-License-Identifier: Apache-2.0
// Quotients that become whole numbers of 8 bits behind a product, several at once: near 1.5 * 2^23 the last bits of a
// float are a whole number, and near 1024 or 1536 those of a half, and pairs of halves are limited by one instruction.
//! The nearest float, that of a power of two for certain.
DEV float near_reciprocal(float x) {
    const float r = reciprocal(x);
    return fmaf(r, fmaf(-x, r, 1.f), r);
}
//! x / scale within what a reciprocal loses, rounded; of those that may be below 0 beside 1536.
template <bool POSITIVE>
DEV float near_step(float x, float scale) {
    return fmaf(x, near_reciprocal(scale), 12582912.f) - (POSITIVE ? 12582912.f : 12581376.f);
}
//! Such steps as i8, in the low bytes of two halves: those below 0 become 0. min(n, 127) is min((n + 1) / 128, 1) with
//! other numbers, for which there are units to spare.
DEV u32 positiveSteps(float x, float y) {
    u32 pair;
    asm("{ .reg .b32 a, b; cvt.rn.relu.f16x2.f32 a, %2, %1; fma.rn.sat.f16x2 b, a, %3, %3; fma.rn.f16x2 %0, b, %4, %5; }"
        : "=r"(pair)
        : "f"(x), "f"(y), "r"(0x20002000u), "r"(0x58005800u), "r"(0x63fe63feu));
    return pair;
}
DEV u32 anySteps(float x, float y) {
    u32 pair;
    asm("{ .reg .b32 a, b; cvt.rn.f16x2.f32 a, %2, %1; max.f16x2 b, a, %3; min.f16x2 %0, b, %4; }"
        : "=r"(pair)
        : "f"(x), "f"(y), "r"(0x65806580u), "r"(0x667f667fu));
    return pair;
}
template <bool POSITIVE>
DEV u32 fourSteps(float a, float b, float c, float d) {
    return POSITIVE ? __byte_perm(positiveSteps(a, b), positiveSteps(c, d), 0x6420)
                    : __byte_perm(anySteps(a, b), anySteps(c, d), 0x6420);
}
template <bool POSITIVE, int V>
DEV Kept<i8, V> narrowSteps(const float (&x)[V]) {
    Kept<i8, V> y;
    if constexpr (V % 4 == 0) {
#pragma unroll
        for (int v = 0; v < V; v += 4) y.p.word[v / 4] = fourSteps<POSITIVE>(x[v], x[v + 1], x[v + 2], x[v + 3]);
    } else {
#pragma unroll
        for (int v = 0; v < V; v++) y.p.v[v] = (i8)fourSteps<POSITIVE>(x[v], x[v], x[v], x[v]);
    }
    return y;
}
