// SPDX-License-Identifier: Apache-2.0
// Products of rows with weights of 4 bits, which stay so in memory. The columns of the product are the rows of tensor-core
// tiles, its rows their columns; the warps of a block share k. A thread's 16 bytes of weights are its part of 16 columns
// and 64 k, one word for each 16 k; they become numbers on their way into the fragment, and sums are scaled, so that
// weights are multiplied without a rounding of their own.
// The text in front defines
//   T, HALF: that is f16, otherwise bf16; R; S (of scales: f16, f32); FLOATS: weights are f4; ZEROS: there are zero points;
//   CHUNKS of 64 k; GROUP: k of a scale; RUN: neighbouring k of a thread; TILES of 16 columns, PARTS of 8 rows, WARPS of a
//   block; ALL_TILES
// and stands in front of the functions behind the product (Behind, finish).
struct Args {
    const T* a;
    const u8* b;  // weights, then scales, then zero points
    void* y;
    const void* extra[EXTRAS];
    i32 M, N;
};
constexpr int THREADS = WARPS * 32, CHUNK = 64, COLUMNS = TILES * 16, ROWS = PARTS * 8, PITCH = COLUMNS + 4;
constexpr int GROUPS = (CHUNKS * CHUNK + GROUP - 1) / GROUP, SHARES = GROUP < CHUNK ? CHUNK / GROUP : 1;
constexpr i64 WEIGHT_BYTES = (i64)ALL_TILES * CHUNKS * 512, SCALE_BYTES = (i64)ALL_TILES * GROUPS * 16 * sizeof(S);

DEV u32 pairsTimesPlus(u32 x, u32 y, u32 z, f16) {
    u32 r;
    asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(r) : "r"(x), "r"(y), "r"(z));
    return r;
}
DEV u32 pairsTimesPlus(u32 x, u32 y, u32 z, bf16) {
    u32 r;
    asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(r) : "r"(x), "r"(y), "r"(z));
    return r;
}
//! What the bits of an f4 are in f16, times this, is its value.
constexpr float POWER = FLOATS && HALF ? 16384.f : 1.f;

//! Two equal numbers in T that make the bits of an integer of 4 bits the number less the zero point.
DEV u32 offsetPair(float bits, float zero) {
    T x;
    put(x, -bits - zero);
    return x.bits * 0x10001u;
}
//! What a thread has of 16 columns and 64 k; scales and zero points of columns g and g + 8.
struct Piece {
    uint4 words;
    Pack<S, 2> scale[SHARES];
    Pack<i8, 2> zero[SHARES];
};
DEV void load(Piece& piece, const Args& p, i64 tile, int chunk, int lane) {
    piece.words = __ldg((const uint4*)p.b + (tile * CHUNKS + chunk) * 32 + lane);
#pragma unroll
    for (int h = 0; h < SHARES; h++) {
        const i64 place = ((tile * GROUPS + (chunk * CHUNK + h * (CHUNK / SHARES)) / GROUP) * 8 + lane / 4) * 2;
        piece.scale[h] = *(const Pack<S, 2>*)(p.b + WEIGHT_BYTES + place * sizeof(S));
        if (ZEROS) piece.zero[h] = *(const Pack<i8, 2>*)(p.b + WEIGHT_BYTES + SCALE_BYTES + place);
    }
}
//! What is added to columns g and g + 8.
struct Offsets {
    u32 low, high;
};
DEV Offsets offsetsOf(const Pack<i8, 2>& zero) {
    return {offsetPair(HALF ? 1032.f : 136.f, ZEROS ? (float)zero.v[0] : 0.f),
            offsetPair(HALF ? 72.f : 136.f, ZEROS ? (float)zero.v[1] : 0.f)};
}
//! The fragment that a word holds. Integers are the low bits of 1024 + n in f16, of 128 + n in bf16.
DEV void unpack(u32 (&a)[4], u32 w, const Offsets& o) {
    if constexpr (FLOATS) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const u32 x = w << (12 - 4 * i);
            a[i] = (x & 0x80008000u) | ((x & 0x70007000u) >> (HALF ? 3 : 6));
            if constexpr (!HALF) a[i] = pairsTimesPlus(a[i], 0x7e807e80u, 0x80008000u, T());
        }
    } else if constexpr (HALF) {
#pragma unroll
        for (int i = 0; i < 4; i += 2) {
            const u32 x = w >> (4 * i);
            a[i] = pairsTimesPlus((x & 0x000f000fu) | 0x64006400u, 0x3c003c00u, o.low, T());
            a[i + 1] = pairsTimesPlus((x & 0x00f000f0u) | 0x64006400u, 0x2c002c00u, o.high, T());
        }
    } else {
#pragma unroll
        for (int i = 0; i < 4; i++)
            a[i] = pairsTimesPlus(((w >> (4 * i)) & 0x000f000fu) | 0x43004300u, 0x3f803f80u, i % 2 ? o.high : o.low, T());
    }
}
