// SPDX-License-Identifier: Apache-2.0
KERNEL depthwise(const __grid_constant__ Args a) {
    begin();
    ready();
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < a.count; i += gridDim.x * blockDim.x) {
        const u32 m = quotient(i, a.chunks), c = (i - m * a.chunks.d) * V;
        const u32 q = quotient(m, a.across), image = quotient(q, a.outH), first = (m - q * a.across.d) * PLACES;
        const i32 w0 = (i32)first * STRIDE_W - a.padW, h0 = (i32)(q - image * a.outH.d) * a.strideH - a.padH;
        float sum[PLACES][V];
#pragma unroll
        for (int p = 0; p < PLACES; p++)
#pragma unroll
            for (int v = 0; v < V; v++) sum[p][v] = 0;
#pragma unroll 1
        for (i32 r = 0; r < a.windowH; r++) {
            const i32 h = h0 + r * a.dilationH;
            if ((u32)h >= (u32)a.inH) continue;
            const T* row = a.x + ((i64)image * a.inH + h) * a.inW * a.channels + c;
            const T* weight = a.w + (i64)r * WINDOW_W * a.channels + c;
            constexpr int SEEN = (PLACES - 1) * STRIDE_W + WINDOW_W;
            Pack<T, V> k[WINDOW_W], x[SEEN];  // all on their way before the first is used
#pragma unroll
            for (int at = 0; at < SEEN; at++) {
                const i32 w = w0 + at * (PLACES > 1 ? 1 : a.dilationW);
                const bool there = (u32)w < (u32)a.inW;
                x[at] = *(const Pack<T, V>*)(row + (i64)(there ? w : 0) * a.channels);
                if (there) continue;
#pragma unroll
                for (int v = 0; v < V; v++) put(x[at].v[v], 0.f);
            }
#pragma unroll
            for (int s = 0; s < WINDOW_W; s++) k[s] = *(const Pack<T, V>*)(weight + s * a.channels);
#pragma unroll
            for (int p = 0; p < PLACES; p++)
#pragma unroll
                for (int s = 0; s < WINDOW_W; s++)
#pragma unroll
                    for (int v = 0; v < V; v++) sum[p][v] += num(x[p * STRIDE_W + s].v[v]) * num(k[s].v[v]);
        }
#pragma unroll
        for (int p = 0; p < PLACES; p++) {
            if (first + p >= (u32)a.outW) break;
            const i64 pixel = (i64)q * a.outW + first + p, yAt = pixel * a.channels + c;
            Behind<V> behind;
            behind.load(a, yAt, c, pixel);
            finish<V>(a, behind, sum[p], yAt);
        }
    }
}
