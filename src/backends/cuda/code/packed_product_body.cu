// SPDX-License-Identifier: Apache-2.0
KERNEL __launch_bounds__(THREADS) packed_product(const __grid_constant__ Args p) {
    begin();
    __shared__ float sums[WARPS * ROWS * PITCH];
    constexpr int EACH = (CHUNKS + WARPS - 1) / WARPS;                          // chunks of a warp
    constexpr int MOST = 8 / (TILES > PARTS ? TILES : PARTS), DEPTH = MOST < EACH ? MOST : EACH;
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, g = lane >> 2, t = lane & 3;
    const i64 firstTile = (i64)blockIdx.x * TILES;
    const int m0 = blockIdx.y * ROWS;
    Piece w[DEPTH][TILES];
    const auto loadWeights = [&](int d, int c) {
#pragma unroll
        for (int n = 0; n < TILES; n++)
            if (c < CHUNKS) load(w[d][n], p, firstTile + n, c, lane);
    };
    // Nobody writes weights.
#pragma unroll
    for (int d = 0; d < DEPTH; d++) loadWeights(d, d * WARPS + warp);
    ready();
    float sum[TILES][PARTS][4] = {};
#pragma unroll 1
    for (int c0 = warp; c0 < CHUNKS; c0 += DEPTH * WARPS) {
        u32 x[DEPTH][PARTS][8];
#pragma unroll
        for (int d = 0; d < DEPTH; d++)
#pragma unroll
            for (int r = 0; r < PARTS; r++) {
                const int c = c0 + d * WARPS, m = m0 + r * 8 + g;
                const T* from = p.a + ((i64)m * CHUNKS + c) * CHUNK + t * RUN;
#pragma unroll
                for (int i = 0; i < 16 / RUN; i++) {
                    Pack<u32, RUN / 2> part = {};
                    if (c < CHUNKS && m < p.M) part = *(const Pack<u32, RUN / 2>*)(from + i * 4 * RUN);
#pragma unroll
                    for (int v = 0; v < RUN / 2; v++) x[d][r][i * (RUN / 2) + v] = part.v[v];
                }
            }
#pragma unroll
        for (int d = 0; d < DEPTH; d++) {
            const int c = c0 + d * WARPS;
#pragma unroll
            for (int n = 0; n < TILES; n++) {
                const Piece& piece = w[d][n];
                const u32 word[4] = {piece.words.x, piece.words.y, piece.words.z, piece.words.w};
                if (c < CHUNKS)
#pragma unroll
                    for (int h = 0; h < SHARES; h++) {
                        const Offsets offsets = offsetsOf(piece.zero[h]);
                        float part[PARTS][4] = {};
#pragma unroll
                        for (int s = h * 4 / SHARES; s < (h + 1) * 4 / SHARES; s++) {
                            u32 a[4];
                            unpack(a, word[s], offsets);
#pragma unroll
                            for (int r = 0; r < PARTS; r++)
                                multiply(part[r], a, x[d][r][s * 2], x[d][r][s * 2 + 1], T());
                        }
                        const float low = num(piece.scale[h].v[0]) * POWER, high = num(piece.scale[h].v[1]) * POWER;
#pragma unroll
                        for (int r = 0; r < PARTS; r++)
#pragma unroll
                            for (int v = 0; v < 4; v++) sum[n][r][v] += (v < 2 ? low : high) * part[r][v];
                    }
            }
            loadWeights(d, c + DEPTH * WARPS);
        }
    }
#pragma unroll
    for (int n = 0; n < TILES; n++)
#pragma unroll
        for (int r = 0; r < PARTS; r++)
#pragma unroll
            for (int v = 0; v < 4; v++)
                sums[(warp * ROWS + r * 8 + t * 2 + v % 2) * PITCH + n * 16 + v / 2 * 8 + g] = sum[n][r][v];
    __syncthreads();
#pragma unroll 1
    for (int i = threadIdx.x; i < ROWS * COLUMNS; i += THREADS) {
        const int row = i / COLUMNS, column = i % COLUMNS, m = m0 + row;
        const i64 n = (i64)blockIdx.x * COLUMNS + column;
        if (m >= p.M || n >= p.N) continue;
        float own[1] = {0};
#pragma unroll
        for (int k = 0; k < WARPS; k++) own[0] += sums[(k * ROWS + row) * PITCH + column];
        const i64 yAt = (i64)m * p.N + n;
        Behind<1> behind;
        behind.load(p, yAt, n, m);
        finish<1>(p, behind, own, yAt);
    }
}
