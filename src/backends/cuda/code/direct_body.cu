// SPDX-License-Identifier: Apache-2.0
//! Where a row of the result begins in the image or matrix.
DEV const unsigned char* rowAt(const Args& p, int m) {
    int row = m;
    if (p.strided) {
        const int image = quotient(m, p.pixels), rest = m - image * p.pixels.d, h = quotient(rest, p.width);
        row = (image * p.inH + h * p.strideH) * p.inW + (rest - h * p.width.d) * p.strideW;
    }
    return (const unsigned char*)p.a + (i64)row * ROW;
}

KERNEL __launch_bounds__(THREADS) direct(const __grid_constant__ Args p) {
    extern __shared__ __align__(128) unsigned char memory[];
    const int tid = threadIdx.x, warp = tid >> 5, lane = tid & 31, down = warp / ACROSS, across = warp % ACROSS;
    const int n0 = blockIdx.y * BN, column = n0 + across * NT * 8 + (lane & 3) * V;
    const int first = blockIdx.x * BM + down * DEEP * 16 + (lane >> 2);  // row of the thread; 8 below another
    begin();
    const unsigned char* weights = (const unsigned char*)p.b + (i64)n0 * ROW;
#pragma unroll 4
    for (int i = tid; i < BN * ROW / 16; i += THREADS) copyAsync(sharedAddress(memory) + i * 16, weights + i * 16, true);
    commitCopies();
    Behind<V> shared;
    if (EARLY) shared.loadColumns(p, column);
    waitCopies<0>();
    __syncthreads();
    const auto fragment = [&](int n, int c) {
        return *(const Pack<u32, 4>*)(memory + (across * NT + n) * 8 * ROW + c * 512 + lane * 16);
    };
    Pack<u32, 4> held[NT][CHUNKS];
    if (HOLDS) {
#pragma unroll
        for (int n = 0; n < NT; n++)
#pragma unroll
            for (int c = 0; c < CHUNKS; c++) held[n][c] = fragment(n, c);
    }
    ready();
    Pack<u32, 4> rows[DEEP][2][CHUNKS];
    Behind<V> behind[DEEP][2];
#pragma unroll
    for (int d = 0; d < DEEP; d++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int wanted = first + d * 16 + half * 8, m = wanted < p.M ? wanted : p.M - 1;
            const unsigned char* from = rowAt(p, m) + (lane & 3) * 16;
#pragma unroll
            for (int c = 0; c < CHUNKS; c++) rows[d][half][c] = *(const Pack<u32, 4>*)(from + c * 64);
            behind[d][half].loadRows(p, (i64)m * p.N + column, m);
        }
    if (!EARLY) shared.loadColumns(p, column);
    // A 0 that the compiler does not know: it would bring what was only moved together again for each product.
    const u32 nothing = (u32)p.M >> 31;
#pragma unroll
    for (int d = 0; d < DEEP; d++) {
        Sum acc[NT][4];
#pragma unroll
        for (int n = 0; n < NT; n++) acc[n][0] = acc[n][1] = acc[n][2] = acc[n][3] = 0;
#pragma unroll
        for (int c = 0; c < CHUNKS; c++) {
            const auto &upper = rows[d][0][c].v, &lower = rows[d][1][c].v;
            u32 even[4] = {upper[0], lower[0], upper[1], lower[1]}, odd[4] = {upper[2], lower[2], upper[3], lower[3]};
#pragma unroll
            for (int i = 0; i < 4; i++) even[i] ^= nothing, odd[i] ^= nothing;
#pragma unroll
            for (int n = 0; n < NT; n++) {
                const auto b = HOLDS ? held[n][c] : fragment(n, c);
                multiply(acc[n], even, b.v[0], b.v[1], T());
                multiply(acc[n], odd, b.v[2], b.v[3], T());
            }
        }
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int m = first + d * 16 + half * 8;
            float sum[V];
#pragma unroll
            for (int v = 0; v < V; v++) sum[v] = (float)acc[v / 2][half * 2 + v % 2];
            behind[d][half].shareColumns(shared);
            if (m < p.M) finish<V>(p, behind[d][half], sum, (i64)m * p.N + column);
        }
    }
}
