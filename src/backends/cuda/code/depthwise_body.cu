// SPDX-License-Identifier: Apache-2.0
KERNEL __launch_bounds__(128) depthwise(const __grid_constant__ Args a) {
    begin();
    u32 i = blockIdx.x * blockDim.x + threadIdx.x;
    float sum[PLACES][V];
    Behind<V> behind;
#if AHEAD
    const bool works = i < a.count;
    const Spot spot = spotOf(a, works ? i : 0);
    Pack<T, V> k[WINDOW_H][WINDOW_W], x[WINDOW_H][SEEN];
#pragma unroll
    for (int r = 0; r < WINDOW_H; r++) readWeights(a, spot.c, r, k[r]);
    ready();
    if (!works) return;
#pragma unroll
    for (int r = 0; r < WINDOW_H; r++) readLine(a, spot, spot.h0 + r * a.dilationH, x[r]);
    behind.loadColumns(a, spot.c);
    clear(sum);
#pragma unroll
    for (int r = 0; r < WINDOW_H; r++) addLine(sum, x[r], k[r]);
    finishSpot(a, spot, behind, sum);
#else
    ready();
    for (; i < a.count; i += gridDim.x * blockDim.x) {
        const Spot spot = spotOf(a, i);
        behind.loadColumns(a, spot.c);
        clear(sum);
#pragma unroll 1
        for (i32 r = 0; r < WINDOW_H; r++) {
            const i32 h = spot.h0 + r * a.dilationH;
            if ((u32)h >= (u32)a.inH) continue;
            Pack<T, V> k[WINDOW_W], x[SEEN];  // all on their way before the first is used
            readLine(a, spot, h, x);
            readWeights(a, spot.c, r, k);
            addLine(sum, x, k);
        }
        finishSpot(a, spot, behind, sum);
    }
#endif
}
