// SPDX-License-Identifier: Apache-2.0
struct MlpArgs {
    hidden::Args hidden;
    rows::Args rows;
    u32* flags;  // of each tile of rows, of each part: one for each block
};
constexpr int RING_AT = 1024, FACTORS_AT = RING_AT + STAGES * STAGE_BYTES, MADE_AT = 144;  // in shared memory
constexpr int WIDTH = SHARERS * BN, KE = ROW / (int)sizeof(T), PIECES_OF_PART = WIDTH / KE;
constexpr int ALL_PIECES = PARTS_OF_HIDDEN * (PIECES + PIECES_OF_PART);
//! What is multiplied one after the other: parts of the hidden rows that are made, then, from 4 on, that are read.
constexpr u32 ORDER = 0x76534210;

DEV u32 readFlag(const u32* from) {
    u32 flag;
    asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(flag) : "l"(from) : "memory");
    return flag;
}
DEV void writeFlag(u32* to, u32 flag) {
    asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(to), "r"(flag) : "memory");
}
//! Between what threads of any block have written to memory and the copy engine.
DEV void shareAllWithCopies() { asm volatile("fence.proxy.async;" ::: "memory"); }

DEV void produce(const MlpArgs& p, u32 base, const u32* flags, int m0, int share, bool brings) {
    const u32 full = base, empty = base + 64, ring = base + RING_AT;
    if (brings) prefetchMap(&p.hidden.a), prefetchMap(&p.rows.a), prefetchMap(&p.rows.b), prefetchMap(&p.rows.like);
    const auto bringB = [&](int stage, const TensorMap* map, int k, int n0) {
        if (!brings) return;
        expectBytes(full + stage * 8, STAGE_BYTES);
        copyBox2(ring + stage * STAGE_BYTES + BM * ROW, map, k, n0, full + stage * 8);
    };
    int brought = 0;
    Stage stage{0, 1};
#pragma unroll 1
    for (; brought < min(STAGES, PIECES); brought++) bringB(brought, &p.hidden.b, brought * KE, share * BN);
    ready();
    const u32 turn = readFlag(flags + share) ^ 1;
#pragma unroll 1
    for (int at = 0; at < 2 * PARTS_OF_HIDDEN; at++) {
        const int what = ORDER >> 4 * at & 15, part = what % PARTS_OF_HIDDEN;
        const bool reads = what >= PARTS_OF_HIDDEN;
        const TensorMap *a = reads ? &p.rows.a : &p.hidden.a, *b = reads ? &p.rows.b : &p.hidden.b;
        const int k0 = reads ? part * WIDTH : 0, n0 = share * BN + (reads ? 0 : part * WIDTH),
                  pieces = reads ? PIECES_OF_PART : PIECES;
        int until = reads ? 0 : pieces;  // the pieces in front of this one are there
#pragma unroll 1
        for (int piece = 0; piece < pieces; piece++) {
            if (brought > 0) {
                brought--;
            } else {
                waitFor(empty + stage.at * 8, stage.phase);
                bringB(stage.at, b, k0 + piece * KE, n0);
            }
            if (piece == until) {
                while (readFlag(flags + part * SHARERS + piece / (BN / KE)) != turn) {}
                shareAllWithCopies();
                until += BN / KE;
            }
            if (brings) copyBox2(ring + stage.at * STAGE_BYTES, a, k0 + piece * KE, m0, full + stage.at * 8);
            stage.next();
        }
    }
    rows::bringLike(p.rows, full, empty, ring, stage, m0, share * BN, brings);
}

//! Tells the other blocks of these rows which parts of the hidden ones are there.
DEV void tell(u32 made, u32* flags) {
    ready();
    const u32 turn = readFlag(flags) ^ 1;
#pragma unroll 1
    for (int part = 0; part < PARTS_OF_HIDDEN; part++) {
        waitFor(made + (part == 1) * 8, part == 2);
        if ((threadIdx.x & 31) == 0) writeFlag(flags + part * SHARERS, turn);
    }
}

//! Gives group 0 what group 1 has summed of the lower 64 rows, through two stages behind those of the operand like the
//! result.
DEV void shareSums(Sum (&acc)[HEIGHT][BN / 2], unsigned char* ring, int group) {
    constexpr int COUNT = BN / 8;
    const auto at = [&](int i) {
        const int stage = (ALL_PIECES + 2 + i * 2 / COUNT) % STAGES;
        return (float4*)(ring + stage * STAGE_BYTES) + i % (COUNT / 2) * 128 + (threadIdx.x & 127);
    };
    const auto meet = [] { asm volatile("bar.sync 1, %0;" ::"n"(GROUPS * 128) : "memory"); };
    meet();  // until all warps have multiplied
    if (group == 1) {
#pragma unroll
        for (int i = 0; i < COUNT; i++) {
            const Sum* of = acc[1] + 4 * i;
            *at(i) = make_float4(of[0], of[1], of[2], of[3]);
        }
    }
    meet();
    if (group == 1) return;
#pragma unroll
    for (int i = 0; i < COUNT; i++) {
        const float4 sums = *at(i);
        Sum* to = acc[0] + 4 * i;
        to[0] = sums.x, to[1] = sums.y, to[2] = sums.z, to[3] = sums.w;
    }
}

DEV void consume(const MlpArgs& p, u32 base, unsigned char* memory, int m0, int share) {
    const int tid = threadIdx.x, warp = uniform(tid >> 5), lane = tid & 31, own = lane & 3, group = warp >> 2;
    const int inGroup = warp % 4 * 16 + lane / 4, n0 = share * BN;
    const u32 full = base, empty = base + 64, mine = base + 128 + group * 8, other = base + 128 + (group ^ 1) * 8;
    if (p.rows.M < 1) return;  // as in wgmma_loop.cu
    float* factors = (float*)(memory + FACTORS_AT);
#pragma unroll 1
    for (int i = tid; i < 2 * BN; i += GROUPS * 128) factors[i] = p.rows.factors[i < BN ? n0 + i : WIDTH + n0 + i - BN];
    asm volatile("bar.sync 1, %0;" ::"n"(GROUPS * 128) : "memory");
    ready();
    Source source{full, describe(base + RING_AT)};
    if (group == 1) source.skip(full, PIECES);
    u32 turns = group ^ 1;
    Sum acc[HEIGHT][BN / 2];
#pragma unroll 1
    for (int part = group; part < PARTS_OF_HIDDEN; part += group == 1 ? PARTS_OF_HIDDEN : part == 0 ? 2 : 1) {
        const int column = part * WIDTH + n0;
        hidden::Columns<2> columns;
        columns.load(p.hidden, column);
        waitFor(mine, turns);
        turns ^= 1;
        multiplyTile(acc, source, PIECES, full, empty, 0, other);
        source.skip(full, part == 2 ? PIECES_OF_PART : PIECES);
        const int row = m0 + inGroup;
        hidden::R* const to = (hidden::R*)p.hidden.y + (i64)row * p.hidden.N + column + own * 8;
#pragma unroll
        for (int t = 0; t < BN / 32; t++) {
            __syncwarp();  // as in wgmma_finish.cu
            hidden::Behind<8> given;
            columns.give(given, t * 32, own * 4, 0);
#pragma unroll
            for (int r = 0; r < 2 * HEIGHT; r++) {
                float sum[8];
#pragma unroll
                for (int i = 0; i < 8; i++) sum[i] = (float)acc[r / 2][t * 16 + i / 2 * 4 + r % 2 * 2 + i % 2];
                const hidden::Finished<8> y = hidden::finished<8>(p.hidden, given, sum);
                const int behind = r / 2 * 64 + r % 2 * 8;
                hidden::storeIf(row + behind < p.rows.M, to + behind * (i64)p.hidden.N + t * 32, y.p);
            }
        }
        __syncwarp();
        if (lane == 0) arriveAt(base + MADE_AT + group * 8);
    }
    const int inTile = (group ^ 1) * 64 + inGroup, row = m0 + inTile;
    rows::Columns<2> columns;
    columns.load(p.rows, n0);
    const u32 turn = rows::turnOf(rows::readWord(p.rows.words + (i64)row * SHARERS + share)) ^ 1;
    if (group == 1) {
#pragma unroll 1
        for (int part = 0; part < 2; part++) {
            waitFor(mine, turns);
            turns ^= 1;
            multiplyTile(acc, source, part == 0 ? PIECES_OF_PART : (PARTS_OF_HIDDEN - 1) * PIECES_OF_PART, full, empty, 0,
                         other, part > 0);
            if (part == 0) source.skip(full, PIECES);
        }
    }
    shareSums(acc, memory + RING_AT, group);
    constexpr int AT = ALL_PIECES % STAGES;
    const Source like{full + AT * 8, 0, ALL_PIECES / STAGES & 1};
    rows::finishRows(p.rows, acc[0], columns, like, full, memory + RING_AT, factors, row, inTile, share, turn);
}

KERNEL __launch_bounds__(THREADS, 1) mlp(const __grid_constant__ MlpArgs p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, group = uniform(tid >> 7), warp = uniform(tid >> 5);
    const int share = blockIdx.x % SHARERS, tile = blockIdx.x / SHARERS, m0 = tile * BM;
    const u32 base = sharedAddress(memory);
    u32* const flags = p.flags + tile * (PARTS_OF_HIDDEN * SHARERS);
    begin();
    if (tid < STAGES) initBarrier(base + tid * 8, 1);
    else if (tid < 2 * STAGES) initBarrier(base + 64 + (tid - STAGES) * 8, 1);
    else if (tid < 2 * STAGES + 4) initBarrier(base + 128 + (tid - 2 * STAGES) * 8, 4);
    publishBarriers();
    __syncthreads();
    if (group == GROUPS) {
        leaveRegisters();
        // The whole warp walks along, so that what is the same in all threads stays in registers of the warp.
        if (warp == GROUPS * 4) produce(p, base, flags, m0, share, isElected());
        else if (warp == GROUPS * 4 + 1) tell(base + MADE_AT, flags + share);
        else ready();
    } else {
        takeRegisters();
        consume(p, base, memory, m0, share);
    }
}
