// SPDX-License-Identifier: Apache-2.0
//! That of 2^23 as a float. A kernel may keep it in a register, so that others of an instruction's operands are constant.
constexpr u32 EXPONENT = 0x4b000000u;

//! Neighbours that wait in registers: narrow ones stay several to one.
template <class E, int V, bool NARROW = (sizeof(E) < 4 && sizeof(E) * V % 4 == 0)>
struct Kept {
    Pack<E, V> p;
    __device__ __forceinline__ E at(int v) const { return p.v[v]; }
    __device__ __forceinline__ float real(int v, u32) const { return (float)num(p.v[v]); }
};
template <class E, int V>
struct Kept<E, V, true> {
    struct __align__(sizeof(E) * V > 16 ? 16 : sizeof(E) * V) {
        u32 word[sizeof(E) * V / 4];
    } p;
    __device__ __forceinline__ E at(int v) const {
        constexpr int EACH = 4 / sizeof(E);
        const u32 x = p.word[v / EACH] >> v % EACH * (32 / EACH);
        if constexpr (sizeof(E) == 1) return bitsAs<E>((u8)x);
        else return bitsAs<E>((u16)x);
    }

    //! An i8 without conversion units: near 2^23 the last bits of a float are a whole number.
    __device__ __forceinline__ float real(int v, u32 exponent) const {
        if constexpr (sizeof(E) > 1) return (float)num(at(v));
        return __uint_as_float(__byte_perm(p.word[v / 4] ^ 0x80808080u, exponent, 0x7540 + v % 4)) - 8388736.f;
    }

private:
    template <class To, class From>
    __device__ __forceinline__ static To bitsAs(From x) {
        return *(const To*)&x;
    }
};
//! The i-th of equal parts of an operand.
template <class All, class Part>
DEV void putPart(All& to, int i, const Part& part) {
    memcpy((char*)&to + i * sizeof(Part), &part, sizeof(Part));
}
//! Pairs of 16 bits are made at once, and stay together until they are stored.
template <class E, class Number, int V>
DEV Kept<E, V> keep(const Number (&x)[V]) {
    if constexpr (sizeof(E) == 2 && V % 2 == 0) {
        Kept<E, V> y;
#pragma unroll
        for (int v = 0; v < V; v += 2) y.p.word[v / 2] = pairOf(x[v], x[v + 1], E());
        return y;
    } else {
        Pack<E, V> p;
#pragma unroll
        for (int v = 0; v < V; v++) put(p.v[v], x[v]);
        return *(const Kept<E, V>*)&p;
    }
}
//! As i8, the first in the lowest byte.
DEV u32 roundedBytes(float a, float b, float c, float d) {
    u32 bytes;
    asm("{ .reg .s32 a, b, c, d; .reg .b32 upper; cvt.rni.s32.f32 a, %1; cvt.rni.s32.f32 b, %2; cvt.rni.s32.f32 c, %3; "
        "cvt.rni.s32.f32 d, %4; cvt.pack.sat.s8.s32.b32 upper, d, c, 0; cvt.pack.sat.s8.s32.b32 %0, b, a, upper; }"
        : "=r"(bytes)
        : "f"(a), "f"(b), "f"(c), "f"(d));
    return bytes;
}
//! What another lane of the warp holds.
template <class X>
DEV X fromLane(const X& x, int lane) {
    constexpr int WORDS = (sizeof(X) + 3) / 4;
    u32 words[WORDS] = {};
    memcpy(words, &x, sizeof(X));
#pragma unroll
    for (int i = 0; i < WORDS; i++) words[i] = __shfl_sync(~0u, words[i], lane);
    X y;
    memcpy(&y, words, sizeof(X));
    return y;
}
//! Neighbours that nobody writes: what loads them for several places may do so once.
template <class E, int V>
DEV Kept<E, V> loadConstant(const E* from) {
    constexpr int BYTES = sizeof(Kept<E, V>);
    if constexpr (BYTES % 16 == 0) {
        struct {
            uint4 v[BYTES / 16];
        } p;
#pragma unroll
        for (int i = 0; i < BYTES / 16; i++) p.v[i] = __ldg((const uint4*)from + i);
        return *(const Kept<E, V>*)&p;
    } else {
        return *(const Kept<E, V>*)from;
    }
}
//! An operand behind a product, V neighbours along the columns. KIND: 0 one number, 1 by column, 2 like the result, 3 by
//! row. CONSTANT: nobody writes it.
template <class E, int V, int KIND, bool CONSTANT>
DEV Kept<E, V> extra(const Args& a, int k, i64 yAt, i64 column, i64 row) {
    const E* from = (const E*)a.extra[k];
    if (CONSTANT && KIND == 1) return loadConstant<E, V>(from + column);
    if (KIND == 1 || KIND == 2) return *(const Kept<E, V>*)(from + (KIND == 1 ? column : yAt));
    Pack<E, V> p;
    const E x = from[KIND == 3 ? row : 0];
#pragma unroll
    for (int v = 0; v < V; v++) p.v[v] = x;
    return *(const Kept<E, V>*)&p;
}
