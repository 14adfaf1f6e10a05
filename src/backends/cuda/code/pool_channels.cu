// SPDX-License-Identifier: Apache-2.0
// Pooling of images in channels-last order: a thread takes V neighbouring channels of a pixel. The text in front defines
// T, V, MAXIMUM: 1 for the largest element, 0 for the average, N: what numbers are computed in, and LOWEST of them.
struct Args {
    const T* x;
    T* y;
    u32 count;                 // of pieces of V channels
    Divisor pieces, outW, outH;
    i32 channels;
    i32 inH, inW, windowH, windowW, strideH, strideW, padH, padW, postH, postW;
    i32 excludePadding;
};
KERNEL pool_channels(const __grid_constant__ Args a) {
    begin();
    ready();
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < a.count; i += gridDim.x * blockDim.x) {
        const u32 pixel = quotient(i, a.pieces), c = (i - pixel * a.pieces.d) * V;
        const u32 q = quotient(pixel, a.outW), image = quotient(q, a.outH);
        const i32 w0 = (i32)(pixel - q * a.outW.d) * a.strideW - a.padW, h0 = (i32)(q - image * a.outH.d) * a.strideH - a.padH;
        N r[V];
#pragma unroll
        for (int v = 0; v < V; v++) r[v] = MAXIMUM ? LOWEST : 0;
        i32 inside = 0, counted = 0;
#pragma unroll 1
        for (i32 y = 0; y < a.windowH; y++) {
            const i32 h = h0 + y;
            const T* row = a.x + ((i64)image * a.inH + h) * a.inW * a.channels + c;
#pragma unroll 3
            for (i32 x = 0; x < a.windowW; x++) {
                const i32 w = w0 + x;
                const bool there = (u32)h < (u32)a.inH && (u32)w < (u32)a.inW;
                counted += h < a.inH + a.postH && w < a.inW + a.postW;
                inside += there;
                const auto p = *(const Pack<T, V>*)(there ? row + (i64)w * a.channels : a.x);  // no branch before the next
#pragma unroll
                for (int v = 0; v < V; v++) {
                    const N n = there ? (N)num(p.v[v]) : MAXIMUM ? LOWEST : 0;
                    if (MAXIMUM) r[v] = n > r[v] || n != n ? n : r[v];
                    else r[v] += n;
                }
            }
        }
        const i32 number = a.excludePadding ? inside : counted;
        Pack<T, V> out;
#pragma unroll
        for (int v = 0; v < V; v++) put(out.v[v], MAXIMUM ? r[v] : number ? r[v] / (N)number : 0);
        *(Pack<T, V>*)(a.y + (i64)pixel * a.channels + c) = out;
    }
}
