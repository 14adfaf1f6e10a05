// SPDX-License-Identifier: Apache-2.0
// Quotients that become whole numbers of 8 bits behind a product, several at once: near 1.5 * 2^23 the last bits of a
// float are a whole number, and near 1536 those of a half. Two floats become halves in one instruction, which are limited
// in two more.
//! The nearest float, that of a power of two for certain.
DEV float near_reciprocal(float x) {
    const float r = reciprocal(x);
    return fmaf(r, fmaf(-x, r, 1.f), r);
}
//! x / scale within what a reciprocal loses, rounded, beside 1536.
DEV float near_step(float x, float scale) { return fmaf(x, near_reciprocal(scale), 12582912.f) - 12581376.f; }
//! Each of two halves above 0, between those of two other pairs.
DEV u32 limitedPair(u32 x, u32 low, u32 high, f16) {
    u32 y;
    asm("{ .reg .b32 t; max.f16x2 t, %1, %2; min.f16x2 %0, t, %3; }" : "=r"(y) : "r"(x), "r"(low), "r"(high));
    return y;
}
//! Four of them; of POSITIVE ones those below 0 as 0.
template <bool POSITIVE>
DEV u32 fourSteps(float a, float b, float c, float d) {
    constexpr u32 LOW = POSITIVE ? 0x66006600u : 0x65806580u, HIGH = 0x667f667fu;
    return __byte_perm(limitedPair(pairOf(a, b, f16()), LOW, HIGH, f16()), limitedPair(pairOf(c, d, f16()), LOW, HIGH, f16()),
                       0x6420);
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
