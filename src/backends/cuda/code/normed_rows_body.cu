// SPDX-License-Identifier: Apache-2.0
constexpr int RING_AT = 1024, FACTORS_AT = RING_AT + STAGES * STAGE_BYTES;

DEV void produce(const Args& p, u32 base, int m0, int n0, bool brings) {
    const u32 full = base, empty = base + 64, ring = base + RING_AT;
    if (brings) prefetchMap(&p.a);
    if (brings && BOXES > 0) prefetchMap(&p.like);
    const auto bringB = [&](int stage, int unit) {
        if (!brings) return;
        expectBytes(full + stage * 8, STAGE_BYTES);
        copyBox2(ring + stage * STAGE_BYTES + BM * ROW, &p.b, unit * KE, n0, full + stage * 8);
    };
    int brought = 0;
    Stage stage{0, 1};
#pragma unroll 1
    for (; brought < min(STAGES, p.chunks); brought++) bringB(brought, brought);
    ready();
#pragma unroll 1
    for (int unit = 0; unit < p.chunks; unit++) {
        if (brought > 0) {
            brought--;
        } else {
            waitFor(empty + stage.at * 8, stage.phase);
            bringB(stage.at, unit);
        }
        if (brings) copyBox2(ring + stage.at * STAGE_BYTES, &p.a, unit * KE, m0, full + stage.at * 8);
        stage.next();
    }
    bringLike(p, full, empty, ring, stage, m0, n0, brings);
}

DEV void consume(const Args& p, u32 base, const unsigned char* memory, int m0, int share) {
    const int tid = threadIdx.x, warp = uniform(tid >> 5), lane = tid & 31, group = warp >> 2;
    const int inTile = warp * 16 + lane / 4, row = m0 + inTile, n0 = share * BN;
    const u32 full = base, empty = base + 64, ring = base + RING_AT;
    if (p.chunks < 1) return;  // as in wgmma_loop.cu
    float* factors = (float*)(memory + FACTORS_AT);
#pragma unroll 1
    for (int i = tid; i < 2 * BN; i += GROUPS * 128) factors[i] = p.factors[i < BN ? n0 + i : p.N + n0 + i - BN];
    asm volatile("bar.sync 1, %0;" ::"n"(GROUPS * 128) : "memory");
    ready();
    Columns<2> columns;
    columns.load(p, n0);
    const u32 turn = turnOf(readWord(p.words + (i64)row * SHARERS + share)) ^ 1;
    Source source{full, describe(ring)};
    Sum acc[HEIGHT][BN / 2];
    multiplyTile(acc, source, p.chunks, full, empty, group * (64 * ROW / 16), 0);
    finishRows(p, acc[0], columns, source, full, memory + RING_AT, factors, row, inTile, share, turn);
}

KERNEL __launch_bounds__(THREADS, 1) normed_rows(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, group = uniform(tid >> 7), share = blockIdx.x % SHARERS, m0 = blockIdx.x / SHARERS * BM;
    const u32 base = sharedAddress(memory);
    begin();
    if (tid < STAGES) initBarrier(base + tid * 8, 1);
    else if (tid < 2 * STAGES) initBarrier(base + 64 + (tid - STAGES) * 8, GROUPS);
    publishBarriers();
    __syncthreads();
    if (group == GROUPS) {
        leaveRegisters();
        // The whole warp walks along, so that what is the same in all threads stays in registers of the warp.
        if (uniform(tid >> 5) == GROUPS * 4) produce(p, base, m0, share * BN, isElected());
        else ready();
    } else {
        takeRegisters();
        consume(p, base, memory, m0, share);
    }
}
