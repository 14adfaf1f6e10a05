// SPDX-License-Identifier: Apache-2.0
// Sums or maxima of V neighbouring channels over the places of a window. The text in front defines V, MAXIMUM: 1 for the
// largest element, 0 for the average, N: what numbers are computed in, and LOWEST of them.
#if MAXIMUM
DEV u32 largerOfPairs(u32 x, u32 y, f16) {
    u32 larger;
    asm("max.NaN.f16x2 %0, %1, %2;" : "=r"(larger) : "r"(x), "r"(y));
    return larger;
}
DEV u32 largerOfPairs(u32 x, u32 y, bf16) {
    u32 larger;
    asm("max.NaN.bf16x2 %0, %1, %2;" : "=r"(larger) : "r"(x), "r"(y));
    return larger;
}
#endif
//! Sums or maxima of V neighbours.
template <class E>
struct Pooled {
    N r[V];
    __device__ __forceinline__ Pooled() {
#pragma unroll
        for (int v = 0; v < V; v++) r[v] = MAXIMUM ? LOWEST : 0;
    }
    __device__ __forceinline__ void add(const Pack<E, V>& p, bool there) {
#pragma unroll
        for (int v = 0; v < V; v++) {
            const N n = there ? (N)num(p.v[v]) : MAXIMUM ? LOWEST : 0;
            if (MAXIMUM) r[v] = n > r[v] || n != n ? n : r[v];
            else r[v] += n;
        }
    }
    __device__ __forceinline__ void get(Pack<E, V>& out, i32 number) const {
#pragma unroll
        for (int v = 0; v < V; v++) put(out.v[v], MAXIMUM ? r[v] : number ? r[v] / (N)number : 0);
    }
};
#if MAXIMUM
//! Two at once.
template <class E>
struct PooledPairs {
    u32 r[V / 2];
    __device__ __forceinline__ PooledPairs() {
#pragma unroll
        for (int v = 0; v < V / 2; v++) r[v] = pairOf(LOWEST, LOWEST, E());
    }
    __device__ __forceinline__ void add(const Pack<E, V>& p, bool there) {
#pragma unroll
        for (int v = 0; v < V / 2; v++)
            r[v] = largerOfPairs(r[v], there ? ((const u32*)&p)[v] : pairOf(LOWEST, LOWEST, E()), E());
    }
    __device__ __forceinline__ void get(Pack<E, V>& out, i32) const {
#pragma unroll
        for (int v = 0; v < V / 2; v++) ((u32*)&out)[v] = r[v];
    }
};
template <>
struct Pooled<f16> : PooledPairs<f16> {};
template <>
struct Pooled<bf16> : PooledPairs<bf16> {};
//! Bytes as the tiny halves that their bits are, above 0 by 128.
template <>
struct Pooled<i8> {
    u32 even[V / 4], odd[V / 4];
    __device__ __forceinline__ Pooled() {
#pragma unroll
        for (int v = 0; v < V / 4; v++) even[v] = odd[v] = 0;
    }
    __device__ __forceinline__ void add(const Pack<i8, V>& p, bool there) {
#pragma unroll
        for (int v = 0; v < V / 4; v++) {
            const u32 word = there ? ((const u32*)&p)[v] ^ 0x80808080u : 0;
            even[v] = largerOfPairs(even[v], word & 0x00ff00ffu, f16());
            odd[v] = largerOfPairs(odd[v], word >> 8 & 0x00ff00ffu, f16());
        }
    }
    __device__ __forceinline__ void get(Pack<i8, V>& out, i32) const {
#pragma unroll
        for (int v = 0; v < V / 4; v++) ((u32*)&out)[v] = (even[v] | odd[v] << 8) ^ 0x80808080u;
    }
};
#endif
