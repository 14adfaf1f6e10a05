// SPDX-License-Identifier: Apache-2.0
// The loop over tiles: one block on each multiprocessor takes tile after tile, so that the copies for the next tiles run
// while this one is finished. Without TURNS all groups of warps share a tile; with TURNS two groups take whole tiles in
// turn, so that one multiplies while the other finishes. Each warp finishes its 16 rows by itself, 64 columns at a time;
// a thread has 4 places of 8 columns there, whose operands are loaded 64 columns ahead. With SINGLES the number of columns
// is no multiple of 8, and neighbouring threads take neighbouring columns.
//! Rows of 64 sums, a gap behind the first 32, so that neither writing nor reading meets in a bank.
constexpr int LINE = 72, GAP = 4, SETS = BY_ROW ? 4 : 1;
constexpr int HEIGHT = TURNS ? BM / 64 : 1;  // of a group's part of the tile, in products of 64 rows
constexpr int ACROSS = BN / 64, PARTS = HEIGHT * ACROSS;
constexpr bool MANY_REGISTERS = HEIGHT * BN > 128 && GROUPS >= 2;

template <int N>
using Line = Pack<Sum, N>;

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

struct Place {
    int row, column;
};
//! Where a tile lies: rows first where the columns' operand is the larger one, so that each is brought once or from L2.
DEV Place placeOf(const Args& p, int tile) {
    const int line = quotient(tile, p.lineOfTiles), along = tile - line * p.lineOfTiles.d;
    return p.rowsFirst ? Place{along * BM, line * BN} : Place{line * BM, along * BN};
}

//! Operands of a thread's 4 places of 8 columns in the 16 rows of a warp.
DEV void loadBehind(const Args& p, Behind<8> (&behind)[SETS], int row, int column) {
    if (SINGLES || column >= p.N) return;
    behind[0].loadColumns(p, column);
#pragma unroll
    for (int t = 0; t < SETS; t++) {
        const int m = row + t * 4;
        behind[t].shareColumns(behind[0]);
        if (!BY_ROW || m < p.M) behind[t].loadRows(p, (i64)m * p.N + column, m);
    }
}
DEV void finishPlace(const Args& p, const Behind<8>& behind, const Sum* from, i64 yAt) {
    const auto s = *(const Line<4>*)from, t = *(const Line<4>*)(from + 4);
    const float sum[8] = {(float)s.v[0], (float)s.v[1], (float)s.v[2], (float)s.v[3],
                          (float)t.v[0], (float)t.v[1], (float)t.v[2], (float)t.v[3]};
    finish<8>(p, behind, sum, yAt);
}
//! The 64 columns of a warp's 16 rows, a column for each thread.
DEV void finishSingles(const Args& p, const Sum* lines, int row, int column) {
#pragma unroll 4
    for (int t = 0; t < 32; t++) {
        const int m = row + (t >> 1), n = column + (t & 1) * 32;
        if (m >= p.M || n >= p.N) continue;
        const i64 at = (i64)m * p.N + n;
        const float sum[1] = {(float)lines[(t >> 1) * LINE + (t & 1) * (32 + GAP)]};
        Behind<1> behind;
        behind.load(p, at, n, m);
        finish<1>(p, behind, sum, at);
    }
}

DEV void produce(const Args& p, u32 base, u32 ring) {
    const u32 full = base, empty = base + 64;
    const int units = p.taps * p.chunks, early = STAGES < units ? STAGES : units;
    const auto bringB = [&](int stage, int unit, int n0) {
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
            if (p.windows) copyWindows(to, &p.a, chunk * KE, w0, h0, image, barrier, tapX, tapY);
            else copyBox2(to, &p.a, unit * KE, m0, barrier);
            if (++chunk == p.chunks) {
                chunk = 0;
                if (++tapX == p.windowW) tapX = 0, tapY++;
            }
            stage.next();
        }
    }
}

KERNEL __launch_bounds__(THREADS, RESIDENT) wgmma(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, warp = tid >> 5, lane = tid & 31, group = warp >> 2;
    const u32 base = sharedAddress(memory), ring = base + 1024, full = base, empty = base + 64, turn = base + 128;
    begin();
    if (tid < STAGES) initBarrier(full + tid * 8, 1);
    else if (tid < 2 * STAGES) initBarrier(empty + (tid - STAGES) * 8, TURNS ? 1 : GROUPS);
    else if (tid < 2 * STAGES + 2) initBarrier(turn + (tid - 2 * STAGES) * 8, 4);
    publishBarriers();
    __syncthreads();
    if (group == GROUPS) {
        if (MANY_REGISTERS) asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
        if (tid == GROUPS * 128) produce(p, base, ring);
        else ready();
        return;
    }
    if (MANY_REGISTERS && GROUPS == 2) asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    if (MANY_REGISTERS && GROUPS == 3) asm volatile("setmaxnreg.inc.sync.aligned.u32 152;");
    const u64 da = describe(ring + (TURNS ? 0 : group * 64 * ROW), ROW), db = describe(ring + BM * ROW, ROW);
    Sum* lines = (Sum*)(memory + 1024 + STAGES * STAGE_BYTES) + warp * 16 * LINE;
    const auto release = [&](int at) {
        if ((tid & 127) == 0) arriveAt(empty + at * 8);
    };
    const int units = p.taps * p.chunks, apart = TURNS ? 2 * gridDim.x : gridDim.x;
    Stage stage;
    if (TURNS) stage.skip(group * units);
    u32 turns = group ^ 1;
    ready();
#pragma unroll 1
    for (int w = blockIdx.x + (TURNS ? group * gridDim.x : 0); w < p.works; w += apart) {
        const Place place = placeOf(p, w);
        const int column = place.column + (lane & 7) * 8, row = place.row + (TURNS ? warp & 3 : warp) * 16 + (lane >> 3);
        Behind<8> behind[SETS], next[SETS];
        loadBehind(p, behind, row, column);
        Sum acc[HEIGHT][BN / 2];
        int before = 0;
        if (TURNS) waitFor(turn + group * 8, turns);
        turns ^= 1;
#pragma unroll 1
        for (int i = 0; i < units; i++) {
            waitFor(full + stage.at * 8, stage.phase);
            // The other group may look at its stages now: each has been filled as often as it thinks, or once less. Each
            // warp says so, lest one that lags misses two turns.
            if (TURNS && i + 1 == units && lane == 0) arriveAt(turn + (group ^ 1) * 8);
            asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
            for (int k = 0; k < ROW / 32; k++)
#pragma unroll
                for (int high = 0; high < HEIGHT; high++) {
                    const u64 at = stage.at * STAGE_BYTES / 16 + k * 2;
                    multiplyGroup(acc[high], da + at + high * (64 * ROW / 16), db + at, i > 0 || k > 0);
                }
            asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
            asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
            if (i > 0) release(before);
            before = stage.at;
            stage.next();
        }
        asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
        release(before);
        if (TURNS) stage.skip(units);
        const auto rowOf = [&](int part) { return row + part / ACROSS * 64; };
        const auto columnOf = [&](int part) { return column + part % ACROSS * 64; };
#pragma unroll 1
        for (int part = 0; part < PARTS; part++) {
            if (part + 1 < PARTS) loadBehind(p, next, rowOf(part + 1), columnOf(part + 1));
#pragma unroll
            for (int q = 0; q < PARTS; q++) {
                if (q != part) continue;
#pragma unroll
                for (int j = 0; j < 8; j++) {
                    Sum* e = lines + (lane >> 2) * LINE + j * 8 + j / 4 * GAP + (lane & 3) * 2;
                    const Sum* a = acc[q / ACROSS] + (q % ACROSS * 8 + j) * 4;
                    *(Line<2>*)e = {a[0], a[1]};
                    *(Line<2>*)(e + 8 * LINE) = {a[2], a[3]};
                }
            }
            __syncwarp();
            const Sum* from = lines + (lane >> 3) * LINE + (lane & 7) * 8 + (lane & 4) / 4 * GAP;
            const int first = rowOf(part), at = columnOf(part);
            const auto finishAt = [&](const Behind<8>& operands, int t) {
                const int m = first + t * 4;
                if (m < p.M && at < p.N) finishPlace(p, operands, from + t * 4 * LINE, (i64)m * p.N + at);
            };
            if (SINGLES) {
                finishSingles(p, lines + lane, first - (lane >> 3), at - (lane & 7) * 8 + lane);
            } else if (BY_ROW) {
#pragma unroll
                for (int t = 0; t < SETS; t++) finishAt(behind[t], t);
            } else {
#pragma unroll 1
                for (int t = 0; t < 4; t++) finishAt(behind[0], t);
            }
#pragma unroll
            for (int t = 0; t < SETS; t++) behind[t] = next[t];
            __syncwarp();
        }
    }
}
