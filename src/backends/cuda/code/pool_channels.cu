// SPDX-License-Identifier: Apache-2.0
// Pooling of images in channels-last order: a thread takes V neighbouring channels of a pixel. The text in front defines
// T, V, MAXIMUM: 1 for the largest element, 0 for the average, N: what numbers are computed in, LOWEST of them, and
// WINDOW_H and WINDOW_W.
struct Args {
    const T* x;
    T* y;
    u32 count;                 // of pieces of V channels
    Divisor pieces, outW, outH;
    i32 channels;
    i32 inH, inW, strideH, strideW, padH, padW, postH, postW;
    i32 excludePadding;
};
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

//! Of the window, how many are on their way at once.
constexpr int TAPS = WINDOW_W <= 9 ? WINDOW_W : 3, LINES = WINDOW_H * TAPS <= 9 ? WINDOW_H : 1;

KERNEL pool_channels(const __grid_constant__ Args a) {
    begin();
    ready();
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < a.count; i += gridDim.x * blockDim.x) {
        const u32 pixel = quotient(i, a.pieces), c = (i - pixel * a.pieces.d) * V;
        const u32 q = quotient(pixel, a.outW), image = quotient(q, a.outH);
        const i32 w0 = (i32)(pixel - q * a.outW.d) * a.strideW - a.padW, h0 = (i32)(q - image * a.outH.d) * a.strideH - a.padH;
        Pooled<T> pooled;
        i32 inside = 0, counted = 0;
#pragma unroll LINES
        for (i32 y = 0; y < WINDOW_H; y++) {
            const i32 h = h0 + y;
            const T* row = a.x + ((i64)image * a.inH + h) * a.inW * a.channels + c;
#pragma unroll TAPS
            for (i32 x = 0; x < WINDOW_W; x++) {
                const i32 w = w0 + x;
                const bool there = (u32)h < (u32)a.inH && (u32)w < (u32)a.inW;
                counted += h < a.inH + a.postH && w < a.inW + a.postW;
                inside += there;
                // no branch before the next
                pooled.add(*(const Pack<T, V>*)(there ? row + (i64)w * a.channels : a.x), there);
            }
        }
        Pack<T, V> out;
        pooled.get(out, a.excludePadding ? inside : counted);
        *(Pack<T, V>*)(a.y + (i64)pixel * a.channels + c) = out;
    }
}
