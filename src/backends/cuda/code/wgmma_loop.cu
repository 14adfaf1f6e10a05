// SPDX-License-Identifier: Apache-2.0
// The loop over tiles: one block on each multiprocessor takes tile after tile, so that the copies for the next tiles run
// while this one is finished. Without TURNS all groups of warps share a tile; with TURNS two groups take whole tiles in
// turn, so that one multiplies while the other finishes. Each warp finishes its 16 rows by itself, some columns at a time
// (wgmma_finish.cu, wgmma_finish_singles.cu); what stands in front of this text defines its Finisher, and how a tile is
// multiplied (wgmma_ring.cu).

//! Where a tile lies: rows first where the columns' operand is the larger one, so that each is brought once or from L2.
DEV Place placeOf(const Args& p, int tile) {
    const int line = quotient(tile, p.lineOfTiles), along = tile - line * p.lineOfTiles.d;
    return p.rowsFirst ? Place{along * BM, line * BN} : Place{line * BM, along * BN};
}

DEV void produce(const Args& p, u32 base, u32 ring, bool brings) {
    if (brings) prefetchMap(&p.a);
    const u32 full = base, empty = base + 64;
    const int units = p.taps * p.chunks, early = STAGES < units ? STAGES : units;
    const auto bringB = [&](int stage, int unit, int n0) {
        if (!brings) return;
        expectBytes(full + stage * 8, STAGE_BYTES);
        copyBox2(ring + stage * STAGE_BYTES + BM * ROW, &p.b, unit * KE, n0, full + stage * 8);
    };
    int w = blockIdx.x, brought = 0;
    Stage stage{0, 1};
    const int first = placeOf(p, w).column;
#pragma unroll 1
    for (; brought < early; brought++) bringB(brought, brought, first);
    ready();
#pragma unroll 1
    for (; w < p.works; w += gridDim.x) {
        const auto [m0, n0] = placeOf(p, w);
        const int image = quotient(m0, p.pixels), rest = m0 - image * p.pixels.d, h = quotient(rest, p.width),
                  w0 = (rest - h * p.width.d) * p.strideW - p.padW, h0 = h * p.strideH - p.padH;
        int tapX = 0, tapY = 0, chunk = 0;
#pragma unroll 1
        for (int unit = 0; unit < units; unit++) {
            if (brought > 0) {
                brought--;
            } else {
                waitFor(empty + stage.at * 8, stage.phase);
                bringB(stage.at, unit, n0);
            }
            const u32 to = ring + stage.at * STAGE_BYTES, barrier = full + stage.at * 8;
            if (brings && p.windows) copyWindows(to, &p.a, chunk * KE, w0, h0, image, barrier, tapX, tapY);
            if (brings && !p.windows) copyBox2(to, &p.a, unit * KE, m0, barrier);
            if (++chunk == p.chunks) {
                chunk = 0;
                if (++tapX == p.windowW) tapX = 0, tapY++;
            }
            stage.next();
        }
    }
}

DEV void consume(const Args& p, u32 base, u32 ring) {
    const int tid = threadIdx.x, warp = uniform(tid >> 5), lane = tid & 31, group = warp >> 2;
    const u32 full = base, empty = base + 64, turn = base + 128, own = TURNS ? 0 : group * (64 * ROW / 16);
    const int units = p.taps * p.chunks, apart = TURNS ? 2 * gridDim.x : gridDim.x;
    // With a way around the products the compiler would read sums too early, and then wait for each product.
    if (units < 1) return;
    Source source{full, describe(ring)};
    if (TURNS) source.skip(full, group * units);
    u32 turns = group ^ 1;
    Finisher finisher(p);
    ready();
#pragma unroll 1
    for (int w = blockIdx.x + (TURNS ? group * gridDim.x : 0); w < p.works; w += apart) {
        const Place place = placeOf(p, w);
        const int row = place.row + (TURNS ? warp & 3 : warp) * 16;
        const auto partAt = [&](int part) { return Place{row + part % HEIGHT * 64, place.column + part / HEIGHT * WIDE}; };
        finisher.load(p, place.column, partAt);
        Sum acc[HEIGHT][BN / 2];
        if (TURNS) waitFor(turn + group * 8, turns);
        turns ^= 1;
        // When the last stage is there, the other group may look at its stages: each has been filled as often as it
        // thinks, or once less.
        multiplyTile(acc, source, units, full, empty, own, turn + (group ^ 1) * 8);
        if (TURNS) source.skip(full, units);
#pragma unroll
        for (int part = 0; part < PARTS; part++)
            finisher.finish(p, acc[part % HEIGHT] + part / HEIGHT * (WIDE / 2), partAt, part);
    }
}

KERNEL __launch_bounds__(THREADS, RESIDENT) wgmma(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, group = uniform(tid >> 7);
    const u32 base = sharedAddress(memory), ring = base + 1024, full = base, empty = base + 64, turn = base + 128;
    begin();
    if (tid < STAGES) initBarrier(full + tid * 8, 1);
    else if (tid < 2 * STAGES) initBarrier(empty + (tid - STAGES) * 8, TURNS ? 1 : GROUPS);
    else if (tid < 2 * STAGES + 2) initBarrier(turn + (tid - 2 * STAGES) * 8, 4);
    publishBarriers();
    __syncthreads();
    if (group == GROUPS) {
        leaveRegisters();
        // The whole warp walks along, so that what is the same in all threads stays in registers of the warp.
        if (uniform(tid >> 5) == GROUPS * 4) produce(p, base, ring, isElected());
        else ready();
    } else {
        takeRegisters();
        consume(p, base, ring);
    }
}
