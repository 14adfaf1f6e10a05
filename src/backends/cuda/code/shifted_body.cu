// SPDX-License-Identifier: Apache-2.0
//! Operands and their barriers in shared memory, addresses.
struct Place {
    u32 barriers, lines, weights;
    int pieceBytes, firstChunk;  // of the lines; of those that this block takes
    __device__ __forceinline__ u32 broughtWeights(int chunk) const { return barriers + chunk * 8; }
    __device__ __forceinline__ u32 broughtLines(int chunk) const { return barriers + 256 + chunk * 8; }
};

// The whole warp walks along, so that the compiler sees that the warps stay together, and lets products run on.
DEV void bringWeights(const Args& p, const Place& at, bool brings, int n0) {
#pragma unroll 1
    for (int i = 0; i < p.chunks; i++) {
        if (brings) expectBytes(at.broughtWeights(i), TAPS * TAP_BYTES);
        if (brings) copyBox3(at.weights + i * TAPS * TAP_BYTES, &p.b, (at.firstChunk + i) * KE, n0, 0, at.broughtWeights(i));
    }
}
DEV void bringLines(const Args& p, const Place& at, bool brings, int tile) {
    const int image = quotient(tile, p.tiles), h = (tile - image * p.tiles.d) * p.lines * p.stride - PAD;
    u32 to = at.lines;
#pragma unroll 1
    for (int i = 0; i < p.chunks; i++) {
        if (brings) expectBytes(at.broughtLines(i), p.boxes * p.boxRows * ROW);
#pragma unroll 1
        for (int y = 0; y < p.stride; y++)
#pragma unroll 1
            for (int x = 0; x < p.stride; x++, to += p.boxBytes)
                if (brings) copyBox4(to, &p.a, (at.firstChunk + i) * KE, x - PAD, h + y, image, at.broughtLines(i));
    }
}

//! Sums of a group's 64 rows over its share of the lines of the window.
DEV void multiplyLines(const Args& p, const Place& at, int group, Sum (&acc)[BN / 2]) {
    const int share = group / DOWN, units = p.chunks * WINDOW, first = units * share / K_GROUPS,
              end = units * (share + 1) / K_GROUPS;
    int chunk = first / WINDOW, y = first - chunk * WINDOW;
    u32 a = describe(at.lines + group % DOWN * (64 * ROW)) + chunk * (at.pieceBytes / 16);
    u32 b = describe(at.weights) + first * (WINDOW * TAP_BYTES / 16);
    bool keep = false;
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll 1
    for (int u = first; u < end; u++) {
        waitFor(at.broughtWeights(chunk), 0);
        waitFor(at.broughtLines(chunk), 0);
#pragma unroll
        for (int x = 0; x < WINDOW; x++, b += TAP_BYTES / 16) {
            const u32 rows = a + shiftOf(p, y, x);
#pragma unroll
            for (int k = 0; k < ROW / 32; k++)
                multiplyGroup(acc, described<ROW>(rows + k * 2), described<ROW>(b + k * 2), keep || x > 0 || k > 0);
        }
        keep = true;
        if (++y == WINDOW) y = 0, chunk++, a += at.pieceBytes / 16;
    }
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
}

DEV void add(float (&sum)[8], const float* e) {
    const float4 x = *(const float4*)e, y = *(const float4*)(e + 4);
    sum[0] += x.x, sum[1] += x.y, sum[2] += x.z, sum[3] += x.w;
    sum[4] += y.x, sum[5] += y.y, sum[6] += y.z, sum[7] += y.w;
}

KERNEL __launch_bounds__(THREADS) shifted(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, warp = uniform(tid >> 5), lane = tid & 31, tile = blockIdx.x, n0 = blockIdx.y * BN;
    const int blocks = SPLIT ? gridDim.z : 1, pieceBytes = p.boxes * p.boxBytes;
    const u32 base = sharedAddress(memory), sent = base + 512, received = base + 1024, lines = received + RECEIVED_BYTES;
    const Place at{base, lines, lines + p.chunks * pieceBytes, pieceBytes, SPLIT ? (int)blockIdx.z * p.chunks : 0};
    begin();
    const bool brings = warp == 0 && isElected();
    if (brings) prefetchMap(&p.a);
    if (tid < p.chunks) initBarrier(at.broughtWeights(tid), 1), initBarrier(at.broughtLines(tid), 1);
    if (SPLIT && tid == 0) initBarrier(sent, 1);
    publishBarriers();
    putZeros(p, memory + (lines - base), p.chunks * p.boxes);
    __syncthreads();
    if (SPLIT) arriveRelaxed();
    if (warp == 0) bringWeights(p, at, brings, n0);
    ready();
    if (warp == 0) bringLines(p, at, brings, tile);
    __syncwarp();
    static_assert(THREADS % (BN / 8) == 0, "all places of a thread are in the same columns");
    const int rows = BM / blocks, rank = SPLIT ? (int)blockInCluster() : 0, places = rows * (BN / 8);
    Behind<8> behind;
    if (const int c = tid % (BN / 8) * 8; n0 + c < p.N) behind.loadColumns(p, n0 + c);
    Sum acc[BN / 2];
    multiplyLines(p, at, warp >> 2, acc);
    __syncthreads();
    float* sums = (float*)(memory + (lines - base));
#pragma unroll
    for (int j = 0; j < BN / 8; j++) {
        float* e = sums + (warp * 16 + (lane >> 2)) * LD + j * 8 + (lane & 3) * 2;
        *(float2*)e = make_float2((float)acc[4 * j], (float)acc[4 * j + 1]);
        *(float2*)(e + 8 * LD) = make_float2((float)acc[4 * j + 2], (float)acc[4 * j + 3]);
    }
    if (SPLIT) shareWithCopies();
    __syncthreads();
    if (SPLIT) {
        // Each block finishes some of the rows, for which the others send it their sums.
        const int bytes = rows * LD * 4, to = tid / K_GROUPS, s = tid % K_GROUPS;
        waitCluster();
        if (tid == 0) expectBytes(sent, (blocks - 1) * K_GROUPS * bytes);
        if (to < blocks && to != rank)
            copyToBlock(addressIn(received + (rank * K_GROUPS + s) * bytes, to), lines + (s * BM + to * rows) * LD * 4, bytes,
                        addressIn(sent, to));
        waitFor(sent, 0);
        arriveRelaxed();
    }
    const auto sumsOf = [&](int block, int s) {
        return SPLIT && block != rank ? (const float*)(memory + 1024) + (block * K_GROUPS + s) * rows * LD
                                      : sums + (s * BM + rank * rows) * LD;
    };
#pragma unroll
    for (int t = 0; t < (BM * (BN / 8) + THREADS - 1) / THREADS; t++) {
        const int i = tid + t * THREADS, r = i / (BN / 8), c = i % (BN / 8) * 8, m = rowAt(p, tile, rank * rows + r);
        if (i >= places || m >= p.M || n0 + c >= p.N) continue;
        behind.loadRows(p, (i64)m * p.N + n0 + c, m);
        float sum[8] = {0, 0, 0, 0, 0, 0, 0, 0};
#pragma unroll 1
        for (int k = 0; k < blocks; k++)
#pragma unroll
            for (int s = 0; s < K_GROUPS; s++) add(sum, sumsOf(k, s) + r * LD + c);
        finish<8>(p, behind, sum, (i64)m * p.N + n0 + c);
    }
    if (SPLIT) waitCluster();  // until others have what this block sent
}
