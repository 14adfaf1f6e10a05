// SPDX-License-Identifier: Apache-2.0
KERNEL __launch_bounds__(128) depthwise(const __grid_constant__ Args a) {
    extern __shared__ __align__(16) unsigned char memory[];
    Pack<T, V>*k = (Pack<T, V>*)memory, *seen = k + WINDOW_H * WINDOW_W * SLICE;
    begin();
    constexpr u32 WALKERS = 128 / SLICE;
    const u32 q = quotient(blockIdx.x, a.slices), image = quotient(q, a.bands), piece = threadIdx.x % SLICE, walker = threadIdx.x / SLICE,
              c = ((blockIdx.x - q * a.slices.d) * SLICE + piece) * V, top = (q - image * a.bands.d) * a.bandRows;
    const bool works = c < (u32)a.channels;
    if (works)
        for (u32 i = walker; i < WINDOW_H * WINDOW_W; i += WALKERS) k[i * SLICE + piece] = *(const Pack<T, V>*)(a.w + (i64)i * a.channels + c);
    const i32 h0 = (i32)top * a.strideH - a.padH;
    ready();
#pragma unroll 1
    for (u32 i = walker; i < a.seenPixels; i += WALKERS) {
        const u32 line = quotient(i, a.seenW);
        const i32 h = h0 + (i32)line, w = (i32)(i - line * a.seenW.d) - a.padW;
        const bool there = works && (u32)h < (u32)a.inH && (u32)w < (u32)a.inW;
        copyAsync(sharedAddress(seen + i * SLICE + piece),
                  there ? a.x + (((i64)image * a.inH + h) * a.inW + w) * a.channels + c : a.x, there);
    }
    commitCopies();
    waitCopies<0>();
    __syncthreads();
    if (!works) return;
    Behind<V> behind;
    behind.loadColumns(a, c);
    const u32 left = a.outH.d - top, lines = left < a.bandRows ? left : a.bandRows;
#pragma unroll 1
    for (u32 i = walker; i < lines * a.across.d; i += WALKERS) {
        const u32 line = quotient(i, a.across), first = (i - line * a.across.d) * PLACES;
        const Pack<T, V>* from = seen + (line * a.strideH * a.seenW.d + first * STRIDE_W) * SLICE + piece;
        float sum[PLACES][V];
        clear(sum);
#pragma unroll
        for (int r = 0; r < WINDOW_H; r++, from += a.seenW.d * SLICE) {
            Pack<T, V> x[SEEN], weights[WINDOW_W];
#pragma unroll
            for (int at = 0; at < SEEN; at++) x[at] = from[at * SLICE];
#pragma unroll
            for (int s = 0; s < WINDOW_W; s++) weights[s] = k[(r * WINDOW_W + s) * SLICE + piece];
            addLine(sum, x, weights);
        }
        finishSpot(a, {image * a.outH.d + top + line, first, c, 0, 0, 0}, behind, sum);
    }
}
