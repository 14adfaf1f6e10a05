// SPDX-License-Identifier: Apache-2.0
// Quotients that become whole numbers of 8 bits behind a product, four at once: what rounds floats to whole numbers and
// limits pairs of them to bytes is one instruction.
//! The nearest float, that of a power of two for certain.
DEV float near_reciprocal(float x) {
    const float r = reciprocal(x);
    return fmaf(r, fmaf(-x, r, 1.f), r);
}
//! x / scale within what a reciprocal loses.
DEV float near_step(float x, float scale) { return x * near_reciprocal(scale); }
//! 255 for each i8 below 0, else 0.
DEV u32 signs(u32 bytes) {
    u32 below;
    asm("prmt.b32 %0, %1, 0, 0xba98;" : "=r"(below) : "r"(bytes));
    return below;
}
//! `POSITIVE`: those below 0 become 0.
template <bool POSITIVE>
DEV u32 fourSteps(float a, float b, float c, float d) {
    const u32 bytes = roundedBytes(a, b, c, d);
    return POSITIVE ? bytes & ~signs(bytes) : bytes;
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
