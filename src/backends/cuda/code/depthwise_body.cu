// SPDX-License-Identifier: Apache-2.0
KERNEL depthwise(const __grid_constant__ Args a) {
    begin();
    ready();
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < a.count; i += gridDim.x * blockDim.x) {
        const u32 m = quotient(i, a.chunks), c = (i - m * a.chunks.d) * V;
        const u32 q = quotient(m, a.outW), image = quotient(q, a.outH);
        const i32 w0 = (i32)(m - q * a.outW.d) * a.strideW - a.padW, h0 = (i32)(q - image * a.outH.d) * a.strideH - a.padH;
        float sum[V];
#pragma unroll
        for (int v = 0; v < V; v++) sum[v] = 0;
#pragma unroll 1
        for (i32 r = 0; r < a.windowH; r++) {
            const i32 h = h0 + r * a.dilationH;
            if ((u32)h >= (u32)a.inH) continue;
            const T* row = a.x + ((i64)image * a.inH + h) * a.inW * a.channels + c;
            const T* weight = a.w + (i64)r * a.windowW * a.channels + c;
#pragma unroll 3
            for (i32 s = 0; s < a.windowW; s++) {
                const i32 w = w0 + s * a.dilationW;
                if ((u32)w >= (u32)a.inW) continue;
                const auto x = *(const Pack<T, V>*)(row + (i64)w * a.channels);
                const auto k = *(const Pack<T, V>*)(weight + s * a.channels);
#pragma unroll
                for (int v = 0; v < V; v++) sum[v] += num(x.v[v]) * num(k.v[v]);
            }
        }
        const i64 yAt = (i64)m * a.channels + c;
        Behind<V> behind;
        behind.load(a, yAt, c, m);
        finish<V>(a, behind, sum, yAt);
    }
}
