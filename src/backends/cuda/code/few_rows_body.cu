// SPDX-License-Identifier: Apache-2.0
KERNEL __launch_bounds__(THREADS) few_rows(const __grid_constant__ Args p) {
    begin();
    const int lane = threadIdx.x & 31, n = blockIdx.x * (THREADS / 32) + (threadIdx.x >> 5);
    const T* weights = p.b + (i64)(n < p.N ? n : 0) * STRIDE;
    Pack<T, PIECE> w[DEPTH];
#pragma unroll
    for (int d = 0; d < DEPTH; d++)
        if (d * 32 + lane < PIECES) w[d] = *(const Pack<T, PIECE>*)(weights + (d * 32 + lane) * PIECE);
    ready();
    if (n >= p.N) return;
    Behind<1> behind;
    behind.loadColumns(p, n);
#pragma unroll 1
    for (int m0 = 0; m0 < p.M; m0 += ROWS) {
        Pack<T, PIECE> x[ROWS][DEPTH];
#pragma unroll
        for (int r = 0; r < ROWS; r++)
#pragma unroll
            for (int d = 0; d < DEPTH; d++)
                if (d * 32 + lane < PIECES)
                    x[r][d] = *(const Pack<T, PIECE>*)(p.a + ((i64)(m0 + r < p.M ? m0 + r : m0) * PIECES + d * 32 + lane) * PIECE);
        Sum sum[ROWS];
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            sum[r] = 0;
#pragma unroll
            for (int d = 0; d < DEPTH; d++)
                if (d * 32 + lane < PIECES) addProducts(sum[r], x[r][d], w[d]);
#pragma unroll
            for (int o = 16; o; o >>= 1) sum[r] += __shfl_xor_sync(~0u, sum[r], o);
        }
        const int m = m0 + lane;
        if (lane >= ROWS || m >= p.M) continue;
        const float own[1] = {(float)(lane ? sum[ROWS - 1] : sum[0])};
        const i64 yAt = (i64)m * p.N + n;
        behind.loadRows(p, yAt, m);
        finish<1>(p, behind, own, yAt);
    }
}
