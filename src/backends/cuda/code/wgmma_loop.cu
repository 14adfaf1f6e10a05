// SPDX-License-Identifier: Apache-2.0
// The loop over tiles: one block on each multiprocessor takes tile after tile, so that the copies for the next tiles run
// while this one is finished. Without TURNS all groups of warps share a tile; with TURNS two groups take whole tiles in
// turn, so that one multiplies while the other finishes. Blocks of a cluster take neighbouring tiles in step, CLUSTER_M
// below and CLUSTER_N beside each other: each brings a part of what several of them need to all of those. With SHARES
// several groups multiply the same part of a tile, taking pieces of k in turn, and add up their sums before they finish. Each warp finishes its 16 rows by itself, some columns at a
// time (wgmma_finish.cu, wgmma_finish_rows.cu).
constexpr int HEIGHT = TURNS ? BM / 64 : 1;  // of a group's part of the tile, in products of 64 rows
constexpr int PARTS = HEIGHT * ACROSS;
constexpr int CLUSTER = CLUSTER_M * CLUSTER_N, PARTNERS = CLUSTER_M + CLUSTER_N - 1;
constexpr bool MANY_REGISTERS = HEIGHT * BN > 128 && GROUPS >= 2;
constexpr int CONSUMERS = TURNS ? 1 : BM / 64;  // groups that read a piece

struct Stage {
    int at = 0;
    u32 phase = 0;
    __device__ __forceinline__ void next() {
        if (++at == STAGES) at = 0, phase ^= 1;
    }
    __device__ __forceinline__ void skip(int count) {
        at += count;
        phase ^= at / STAGES & 1;
        at %= STAGES;
    }
};

//! Where a tile lies: rows first where the columns' operand is the larger one, so that each is brought once or from L2.
DEV Place placeOf(const Args& p, int work, Place block) {
    const int line = quotient(work, p.lineOfTiles), along = work - line * p.lineOfTiles.d,
              row = p.rowsFirst ? along : line, column = p.rowsFirst ? line : along;
    return {(row * CLUSTER_M + block.row) * BM, (column * CLUSTER_N + block.column) * BN};
}

DEV void produce(const Args& p, u32 base, u32 ring, Place block, bool brings) {
    if (brings) prefetchMap(&p.a);
    const u32 full = base, empty = base + 64;
    const int units = p.taps * p.chunks, early = STAGES < units ? STAGES : units;
    constexpr int SHARE_A = BM / CLUSTER_N, SHARE_B = BN / CLUSTER_M;
    constexpr int ABOVE = (1 << CLUSTER_M) - 1;
    int beside = 0;
#pragma unroll
    for (int i = 0; i < CLUSTER_N; i++) beside |= 1 << i * CLUSTER_M;
    const auto bringB = [&](int stage, int unit, int n0) {
        const u32 to = ring + stage * STAGE_BYTES + (BM + block.row * SHARE_B) * ROW, barrier = full + stage * 8;
        if (!brings) return;
        expectBytes(barrier, STAGE_BYTES);
        n0 += block.row * SHARE_B;
        if (CLUSTER_M == 1) copyBox2(to, &p.b, unit * KE, n0, barrier);
        else copyBox2ToAll(to, &p.b, unit * KE, n0, barrier, ABOVE << block.column * CLUSTER_M);
    };
    const auto bringA = [&](int stage, int unit, int m0) {
        const u32 to = ring + stage * STAGE_BYTES + block.column * SHARE_A * ROW, barrier = full + stage * 8;
        if (!brings) return;
        if (CLUSTER_N == 1) copyBox2(to, &p.a, unit * KE, m0, barrier);
        else copyBox2ToAll(to, &p.a, unit * KE, m0, barrier, beside << block.row);
    };
    const auto bringWindows = [&](int stage, int c, int w, int h, int image, int x, int y) {
        const u32 to = ring + stage * STAGE_BYTES + block.column * SHARE_A * ROW, barrier = full + stage * 8;
        if (!brings) return;
        if (CLUSTER_N == 1) copyWindows(to, &p.a, c, w, h, image, barrier, x, y);
        else copyWindowsToAll(to, &p.a, c, w, h, image, barrier, x, y, beside << block.row);
    };
    int w = blockIdx.x, brought = 0;
    Stage stage{0, 1};
    const int first = placeOf(p, w, block).column;
#pragma unroll 1
    for (; brought < early; brought++) bringB(brought, brought, first);
    ready();
#pragma unroll 1
    for (; w < p.works; w += gridDim.x) {
        const Place place = placeOf(p, w, block);
        const int n0 = place.column, m0 = place.row + block.column * SHARE_A;
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
            if (p.windows) bringWindows(stage.at, chunk * KE, w0, h0, image, tapX, tapY);
            else bringA(stage.at, unit, m0);
            if (++chunk == p.chunks) {
                chunk = 0;
                if (++tapX == p.windowW) tapX = 0, tapY++;
            }
            stage.next();
        }
    }
}

//! Sums of parts of the tile, from the groups that share it to the one that finishes the part.
struct Exchange {
    Pack<Sum, 4>* at;
    int share;

    __device__ __forceinline__ static int ownerOf(int part) { return part * SHARES / PARTS; }
    __device__ __forceinline__ static int firstOf(int share) { return (share * PARTS + SHARES - 1) / SHARES; }
    __device__ __forceinline__ Pack<Sum, 4>& place(int from, int part, int i) const {
        return at[((from * PARTS + part) * (WIDE / 8) + i) * (BM * 2) + threadIdx.x % (BM * 2)];
    }
    __device__ __forceinline__ void meet() const {
        asm volatile("bar.sync 1, %0;" ::"n"(GROUPS * 128) : "memory");
    }
    __device__ __forceinline__ void addUp(Sum (&sums)[BN / 2]) const {
#pragma unroll
        for (int q = 0; q < PARTS; q++) {
            if (share == ownerOf(q)) continue;
#pragma unroll
            for (int i = 0; i < WIDE / 8; i++) {
                const Sum* s = sums + q * (WIDE / 2) + i * 4;
                place(share < ownerOf(q) ? share : share - 1, q, i) = {s[0], s[1], s[2], s[3]};
            }
        }
        meet();
#pragma unroll
        for (int q = 0; q < PARTS; q++) {
            if (share != ownerOf(q)) continue;
#pragma unroll
            for (int from = 0; from < SHARES - 1; from++)
#pragma unroll
                for (int i = 0; i < WIDE / 8; i++) {
                    const Pack<Sum, 4> other = place(from, q, i);
#pragma unroll
                    for (int v = 0; v < 4; v++) sums[q * (WIDE / 2) + i * 4 + v] += other.v[v];
                }
        }
        meet();
    }
};

DEV void consume(const Args& p, unsigned char* memory, u32 base, u32 ring, Place block) {
    const int tid = threadIdx.x, warp = uniform(tid >> 5), lane = tid & 31, group = warp >> 2;
    const int strip = TURNS ? warp & 3 : warp % (BM / 16), share = SHARES > 1 ? group / (BM / 64) : 0;
    const u32 full = base, empty = base + 64, turn = base + 128;
    const u32 da = describe(ring + (TURNS ? 0 : strip / 4 * 64 * ROW)), db = describe(ring + BM * ROW);
    const auto release = [&](int at) {
        if (CLUSTER == 1) {
            if ((tid & 127) == 0) arriveAt(empty + at * 8);
        } else if (const int i = tid & 127; i < PARTNERS) {
            // Of all blocks that bring something to this one: those above and below, then the others beside it.
            const int beside = i - CLUSTER_M, column = beside < block.column ? beside : beside + 1;
            arriveAtRemote(addressIn(empty + at * 8, beside < 0 ? block.column * CLUSTER_M + i : column * CLUSTER_M + block.row));
        }
    };
    const int units = p.taps * p.chunks, apart = TURNS ? 2 * gridDim.x : gridDim.x;
    Stage tile;
    if (TURNS) tile.skip(group * units);
    u32 turns = group ^ 1;
    unsigned char* const lines = memory + 1024 + STAGES * STAGE_BYTES;
    Finisher finisher(lines, warp);
    const Exchange exchange{(Pack<Sum, 4>*)(lines + GROUPS * 4 * LINES_BYTES), share};
    const int firstPart = SHARES > 1 ? Exchange::firstOf(share) : 0, lastPart = SHARES > 1 ? Exchange::firstOf(share + 1) : PARTS;
    ready();
#pragma unroll 1
    for (int w = blockIdx.x + (TURNS ? group * gridDim.x : 0); w < p.works; w += apart) {
        const Place place = placeOf(p, w, block);
        const int row = place.row + strip * 16;
        const auto partAt = [&](int part) { return Place{row + part / ACROSS * 64, place.column + part % ACROSS * WIDE}; };
        finisher.load(p, place.column, partAt, firstPart, lastPart);
        Sum acc[HEIGHT][BN / 2];
        int before = 0;
        if (TURNS) waitFor(turn + group * 8, turns);
        turns ^= 1;
        Stage stage = tile;
        if (SHARES > 1) stage.skip(share), tile.skip(units);
#pragma unroll 1
        for (int i = share; i < units; i += SHARES) {
            waitFor(full + stage.at * 8, stage.phase);
            // The other group may look at its stages now: each has been filled as often as it thinks, or once less. Each
            // warp says so, lest one that lags misses two turns.
            if (TURNS && i + 1 == units && lane == 0) arriveAt(turn + (group ^ 1) * 8);
            asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
            for (int k = 0; k < ROW / 32; k++)
#pragma unroll
                for (int high = 0; high < HEIGHT; high++) {
                    const u32 at = stage.at * (STAGE_BYTES / 16) + k * 2;
                    multiplyGroup(acc[high], described<ROW>(da + at + high * (64 * ROW / 16)), described<ROW>(db + at),
                                  i > share || k > 0);
                }
            asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
            asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
            if (i > share) release(before);
            before = stage.at;
            if (SHARES > 1) stage.skip(SHARES);
            else stage.next();
        }
        asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
        release(before);
        if (TURNS) stage.skip(units);
        if (SHARES > 1) exchange.addUp(acc[0]);
        else tile = stage;
#pragma unroll 1
        for (int part = firstPart; part < lastPart; part++) {
#pragma unroll
            for (int q = 0; q < PARTS; q++) {
                if (q != part) continue;
                asm volatile("");  // a branch instead of a selection for each number
                finisher.take(acc[q / ACROSS] + q % ACROSS * (WIDE / 2), q % ACROSS);
            }
            finisher.finish(p, partAt, part, lastPart);
        }
    }
}

KERNEL __launch_bounds__(THREADS, RESIDENT) wgmma(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, group = uniform(tid >> 7), rank = CLUSTER > 1 ? (int)blockInCluster() : 0;
    const Place block{rank % CLUSTER_M, rank / CLUSTER_M};
    const u32 base = sharedAddress(memory), ring = base + 1024, full = base, empty = base + 64, turn = base + 128;
    begin();
    if (tid < STAGES) initBarrier(full + tid * 8, 1);
    else if (tid < 2 * STAGES) initBarrier(empty + (tid - STAGES) * 8, PARTNERS * CONSUMERS);
    else if (tid < 2 * STAGES + 2) initBarrier(turn + (tid - 2 * STAGES) * 8, 4);
    publishBarriers();
    __syncthreads();
    if (CLUSTER > 1) {
        arriveRelaxed();
        waitCluster();
    }
    if (group == GROUPS) {
        if (MANY_REGISTERS) asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(GROUPS == 3 ? 32 : 40));
        // The whole warp walks along, so that what is the same in all threads stays in registers of the warp.
        if (uniform(tid >> 5) == GROUPS * 4) produce(p, base, ring, block, isElected());
        else ready();
    } else {
        if (MANY_REGISTERS && GROUPS == 2) asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
        if (MANY_REGISTERS && GROUPS == 3) asm volatile("setmaxnreg.inc.sync.aligned.u32 160;");
        consume(p, memory, base, ring, block);
    }
    // The other blocks' copies and arrivals come here until they have ended.
    if (CLUSTER > 1) {
        arriveRelaxed();
        waitCluster();
    }
}
