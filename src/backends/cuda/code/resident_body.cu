// SPDX-License-Identifier: Apache-2.0
KERNEL __launch_bounds__(THREADS) resident(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, warp = tid >> 5, lane = tid & 31, n0 = blockIdx.y * BN;
    int m0 = blockIdx.x * BM, end = p.M, c1 = m0 - (p.mode == 1 ? p.outW + 1 : 0), c2 = 0, image = 0;
    if (p.mode == 2) {
        image = quotient(blockIdx.x, p.tiles);
        const int first = (blockIdx.x - image * p.tilesOfImage) * p.rowsOfTile, left = p.outH - first;
        m0 = (image * p.outH + first) * p.outW;
        end = m0 + (p.rowsOfTile < left ? p.rowsOfTile : left) * p.outW;
        c1 = -p.pad;
        c2 = 2 * first - p.pad;
    }
    const int firstChunk = SPLIT ? blockIdx.z * p.chunks : 0, chunks = p.chunks;
    begin();
    if (tid == 0) prefetchMap(&p.a);
    // Barriers: one for the weights, one for each chunk of activations; a row of zeros for the padding.
    const u32 base = sharedAddress(memory), received = base + 1024,
              as = base + 1024 + (SPLIT ? BM * BN * 4 : 0), bs = as + chunks * p.chunkBytes;
    if (tid <= chunks) initBarrier(base + tid * 8, 1);
    if (tid < 8) *(uint4*)(memory + 512 + tid * 16) = make_uint4(0, 0, 0, 0);
    publishBarriers();
    __syncthreads();
    if (lane == 0) {
        if (warp == 0) expectBytes(base, chunks * p.taps * BN * 128);
#pragma unroll 1
        for (int i = warp; i < chunks * p.taps; i += WARPS) {
            const int k = p.taps == 1 ? i : i / 9, tap = p.taps == 1 ? 0 : i - k * 9;
            copyBox2(bs + i * BN * 128, &p.b, tap * p.channels + (firstChunk + k) * KE, n0, base);
        }
    }
    __syncwarp();
    if (SPLIT) arriveRelaxed();
    const int itemRow = tid / (BN / 8), column = tid % (BN / 8) * 8;
    const bool hasItem = tid < BM * BN / 8;
    const u32 blocks = SPLIT ? gridDim.z : 1, rows = SPLIT ? BM / blocks : BM, rank = SPLIT ? blockInCluster() : 0;
    const int m = m0 + (SPLIT ? rank * rows + itemRow : itemRow);
    const bool finishes = hasItem && (!SPLIT || itemRow < (int)rows) && m < end && m - m0 < BM;
    const i64 yAt = (i64)m * p.N + n0 + column;
    const int ar = lane & 15, ac = lane >> 4, br = (lane & 7) + ((lane >> 4) << 3), bc = (lane >> 3) & 1;
    u32 mask[MT];  // of the taps that are inside of the image
#pragma unroll
    for (int t = 0; t < MT; t++) {
        mask[t] = 0x1ff;
        if (p.mode == 1) {
            const int pixel = ar + t * 16 + m0, rest = pixel - quotient(pixel, p.pixels) * p.pixels.d,
                      h = quotient(rest, p.width), w = rest - h * p.outW;
            const u32 line = (w > 0) | 2 | (w < p.outW - 1 ? 4 : 0);
            mask[t] = (h > 0 ? line : 0) | line << 3 | (h < p.outH - 1 ? line << 6 : 0);
        }
    }
    ready();
    if (lane == 0) {
        const int boxes = p.mode == 2 ? p.taps : 1;
#pragma unroll 1
        for (int i = warp; i < chunks * boxes; i += WARPS) {
            const int k = boxes == 1 ? i : i / 9, tap = boxes == 1 ? 0 : i - k * 9, r = tap / 3, s = tap - r * 3;
            const u32 barrier = base + 8 + k * 8;
            if (tap == 0) expectBytes(barrier, boxes * p.boxRows * 128);
            copyBox4(as + k * p.chunkBytes + tap * BM * 128, &p.a, (firstChunk + k) * KE, c1 + s, c2 + r, image, barrier);
        }
    }
    __syncwarp();
    Behind<8> behind;
    Factors<4> factors;
    if (finishes) {
        behind.load(p, yAt, n0 + column, m);
        factors.load(p, m);
    }
    Sum acc[MT][NT][4];
#pragma unroll
    for (int i = 0; i < MT; i++)
#pragma unroll
        for (int j = 0; j < NT; j++) acc[i][j][0] = acc[i][j][1] = acc[i][j][2] = acc[i][j][3] = 0;
    waitFor(base, 0);
    const int units = chunks * p.taps * 2;  // half of a chunk of one tap
    int have = -1;
#pragma unroll 1
    for (int u = warp; u < units; u += WARPS) {
        const int ct = u >> 1, k = p.taps == 1 ? ct : ct / 9, tap = p.taps == 1 ? 0 : ct - k * 9, t3 = tap / 3,
                  shift = p.mode == 1 ? t3 * p.outW + tap - t3 * 3 : tap * BM;
        const u32 half = (u & 1) << 6, a0 = as + k * p.chunkBytes,
                  b0 = bs + ct * BN * 128 + br * 128 + (((bc ^ (br & 7)) << 4) ^ half);
        u32 at[MT], af[2][MT][4], bf[2][NT / 2][4];
#pragma unroll
        for (int t = 0; t < MT; t++) {
            const int row = ar + t * 16 + shift;
            const u32 there = a0 + row * 128 + ((ac ^ (row & 7)) << 4);
            at[t] = ((mask[t] >> tap & 1) ? there : base + 512) ^ half;
        }
        if (k != have) {
            waitFor(base + 8 + k * 8, 0);
            have = k;
        }
#pragma unroll
        for (int j = 0; j < 2; j++) {
#pragma unroll
            for (int t = 0; t < MT; t++) loadFragments(af[j][t], at[t] ^ (j << 5));
#pragma unroll
            for (int t = 0; t < NT / 2; t++) loadFragments(bf[j][t], (b0 ^ (j << 5)) + t * 16 * 128);
        }
#pragma unroll
        for (int j = 0; j < 2; j++)
#pragma unroll
            for (int t = 0; t < MT; t++)
#pragma unroll
                for (int n = 0; n < NT; n++)
                    multiply(acc[t][n], af[j][t], bf[j][n / 2][(n & 1) * 2], bf[j][n / 2][(n & 1) * 2 + 1], T());
    }
    __syncthreads();
    float* sums = (float*)(memory + (as - base));
#pragma unroll
    for (int t = 0; t < MT; t++)
#pragma unroll
        for (int u = 0; u < NT; u++) {
            float* e = sums + (warp * BM + t * 16 + (lane >> 2)) * LD + u * 8 + (lane & 3) * 2;
            *(float2*)e = make_float2((float)acc[t][u][0], (float)acc[t][u][1]);
            *(float2*)(e + 8 * LD) = make_float2((float)acc[t][u][2], (float)acc[t][u][3]);
        }
    __syncthreads();
    float sum[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    const auto add = [&](const float* e) {
        const float4 x = *(const float4*)e, y = *(const float4*)(e + 4);
        sum[0] += x.x, sum[1] += x.y, sum[2] += x.z, sum[3] += x.w;
        sum[4] += y.x, sum[5] += y.y, sum[6] += y.z, sum[7] += y.w;
    };
    if (hasItem) {
        const float* e = sums + itemRow * LD + column;
#pragma unroll 4
        for (int w = 0; w < WARPS; w++, e += BM * LD) add(e);
    }
    if (SPLIT) {
        waitCluster();
        if (hasItem) {
            const u32 owner = itemRow / rows;
            const u32 to = addressIn(received + ((rank * rows + itemRow - owner * rows) * BN + column) * 4, owner);
            storeRemote(to, make_float4(sum[0], sum[1], sum[2], sum[3]));
            storeRemote(to + 16, make_float4(sum[4], sum[5], sum[6], sum[7]));
        }
        arriveCluster();
        waitCluster();
#pragma unroll
        for (int i = 0; i < 8; i++) sum[i] = 0;
        const float* e = (const float*)(memory + 1024) + itemRow * BN + column;
        if (finishes) {
#pragma unroll 2
            for (u32 w = 0; w < blocks; w++, e += rows * BN) add(e);
        }
    }
    if (finishes) {
        behind.factors = factors.get();
        finish<8>(p, behind, sum, yAt);
    }
}
