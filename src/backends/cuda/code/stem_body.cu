// SPDX-License-Identifier: Apache-2.0
//! Byte of a unit of k in what the place at the upper left sees, and which of its bits count.
DEV void placeUnit(int unit, int& at, u32& mask) {
    const int line = unit / LINE_UNITS, s = (unit - line * LINE_UNITS) * UNIT, c = line / WINDOW_H, r = line - c * WINDOW_H;
    const bool there = unit < UNITS;
    at = there ? ((c * SEEN_H + r) * SEEN_LINE + s) * (int)sizeof(T) : 0;
    mask = !there ? 0 : s + UNIT <= WINDOW_W ? ~0u : 0xffffu;
}
DEV u32 readUnit(const unsigned char* from) {
    if (sizeof(T) == 4 || STRIDE_W % 2 == 0) return *(const u32*)from;
    return *(const u16*)from | (u32) * (const u16*)(from + 2) << 16;
}

KERNEL __launch_bounds__(THREADS) stem(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, n0 = blockIdx.y * BN;
    begin();
#pragma unroll 4
    for (int i = threadIdx.x; i < BN * (K_BYTES / 16); i += THREADS) {
        const int n = i / (K_BYTES / 16), piece = i % (K_BYTES / 16);
        uint4 v = make_uint4(0, 0, 0, 0);
        if (n0 + n < p.N) v = *(const uint4*)(p.w + (i64)(n0 + n) * K_BYTES + piece * 16);
        *(uint4*)(memory + n * W_LINE + piece * 16) = v;
    }
    int at[STEPS][2];
    u32 mask[STEPS][2];
#pragma unroll
    for (int k = 0; k < STEPS; k++)
#pragma unroll
        for (int h = 0; h < 2; h++) {
            placeUnit(k * 8 + h * 4 + (lane & 3), at[k][h], mask[k][h]);
            if (UNIT == 1 && k * 8 + 8 <= UNITS) mask[k][h] = ~0u;  // known without the lane: no register
        }
    const u32 ws = sharedAddress(memory) + ((lane & 7) + ((lane >> 4) << 3)) * W_LINE + ((lane >> 3) & 1) * 16;
    T* seen = (T*)(memory + SEEN_AT);
    float* sums = (float*)(memory + SUMS_AT) + warp * 16 * SUM_LINE;
    ready();
#pragma unroll 1
    for (int tile = blockIdx.x; tile < p.tiles; tile += gridDim.x) {
        const int image = quotient(tile, p.tilesOf), rest = tile - image * p.tilesOf.d, down = quotient(rest, p.acrossOf),
                  y0 = down * TILE_H, x0 = (rest - down * p.acrossOf.d) * TILE_W, h0 = y0 * STRIDE_H - p.padH,
                  w0 = x0 * STRIDE_W - p.padW;
        __syncthreads();
#pragma unroll 4
        for (int line = warp; line < LINES; line += THREADS / 32) {
            const int c = line / SEEN_H, h = h0 + line - c * SEEN_H;
            const T* from = p.x + (((i64)image * CHANNELS + c) * p.inH + h) * p.inW + w0;
#pragma unroll
            for (int i = 0; i < (SEEN_LINE + 31) / 32; i++) {
                const int w = lane + i * 32;
                T v;
                put(v, 0.f);
                if ((u32)h < (u32)p.inH && (u32)(w0 + w) < (u32)p.inW && w < SEEN_LINE) v = from[w];
                if (w < SEEN_LINE) seen[line * SEEN_LINE + w] = v;
            }
        }
        __syncthreads();
        float acc[2][BN / 8][4];
#pragma unroll
        for (int t = 0; t < 2; t++)
#pragma unroll
            for (int j = 0; j < BN / 8; j++) acc[t][j][0] = acc[t][j][1] = acc[t][j][2] = acc[t][j][3] = 0.f;
        const unsigned char* place = (const unsigned char*)(seen + warp * 2 * STRIDE_H * SEEN_LINE + (lane >> 2) * STRIDE_W);
#pragma unroll
        for (int k = 0; k < STEPS; k++) {
            u32 af[2][4], bf[BN / 16][4];
#pragma unroll
            for (int t = 0; t < 2; t++)
#pragma unroll
                for (int e = 0; e < 4; e++)
                    af[t][e] = readUnit(place + at[k][e >> 1] +
                                        (t * STRIDE_H * SEEN_LINE + (e & 1) * 8 * STRIDE_W) * (int)sizeof(T)) &
                               mask[k][e >> 1];
#pragma unroll
            for (int j = 0; j < BN / 16; j++) loadFragments(bf[j], ws + j * 16 * W_LINE + k * 32);
#pragma unroll
            for (int t = 0; t < 2; t++)
#pragma unroll
                for (int j = 0; j < BN / 8; j++)
                    multiply(acc[t][j], af[t], bf[j / 2][(j & 1) * 2], bf[j / 2][(j & 1) * 2 + 1], T());
        }
        const int column = n0 + (lane % (BN / 8)) * 8, first = lane / (BN / 8);
        constexpr int TOGETHER = 256 / BN;  // places that a warp finishes at once
#pragma unroll
        for (int t = 0; t < 2; t++) {
            __syncwarp();
#pragma unroll
            for (int j = 0; j < BN / 8; j++) {
                float* s = sums + (lane >> 2) * SUM_LINE + j * 8 + (lane & 3) * 2;
                *(float2*)s = make_float2(acc[t][j][0], acc[t][j][1]);
                *(float2*)(s + 8 * SUM_LINE) = make_float2(acc[t][j][2], acc[t][j][3]);
            }
            __syncwarp();
            const int y = y0 + warp * 2 + t;
            if (y >= p.outH || column >= p.N) continue;
            const int line = (image * p.outH + y) * p.outW;
#pragma unroll 1
            for (int i = first; i < TILE_W && x0 + i < p.outW; i += TOGETHER) {
                const int m = line + x0 + i;
                const i64 yAt = (i64)m * p.N + column;
                Behind<8> behind;
                behind.load(p, yAt, column, m);
                const float* s = sums + i * SUM_LINE + (column - n0);
                const float4 a = *(const float4*)s, b = *(const float4*)(s + 4);
                const float sum[8] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w};
                finish<8>(p, behind, sum, yAt);
            }
        }
    }
}
