// SPDX-License-Identifier: Apache-2.0
// Attention by the products of warp groups, for compute capability 9.0. A group of four warps takes 64 query rows; the
// groups of a block share the keys and values that the copy engine brings. Blocks stay and take one piece of work (the
// rows of a block, of one head) after the other: whichever warp is the last to leave a tile of keys, or the rows of
// queries, has the next one brought there, so that no warp does nothing but copy. Scores stay in registers, and are the
// left operand of the second product when they have become powers. Groups take turns at the first product: otherwise all
// would multiply at the same time, and then all compute powers.
// The text in front is that of attention_parts.cu.
constexpr int COUNTS = 512;                       // of warps that are done
constexpr bool TOGETHER = SINGLE && STAGES == 2;  // tiles come and go with queries

//! What lies where in shared memory.
struct Memory {
    u32 base;
    __device__ __forceinline__ u32 queries(int turn) const { return base + FRONT + (turn & 1) * Q_BYTES; }
    __device__ __forceinline__ u32 result(int warp) const { return base + FRONT + 2 * Q_BYTES + warp * OF_WARP * V_GROUPS; }
    __device__ __forceinline__ u32 keys(int stage) const { return base + FRONT + 2 * Q_BYTES + Y_BYTES + stage * TILE_BYTES; }
    __device__ __forceinline__ u32 queriesCame(int turn) const { return base + (turn & 1) * 8; }
    __device__ __forceinline__ u32 keysCame(int stage) const { return base + 16 + stage * 16; }
    __device__ __forceinline__ u32 valuesCame(int stage) const { return base + 24 + stage * 16; }
    __device__ __forceinline__ u32 queriesLeft(int turn) const { return base + COUNTS + (turn & 1) * 4; }
    __device__ __forceinline__ u32 tileLeft(int stage) const { return base + COUNTS + 8 + stage * 4; }
};

//! The piece of work of this block in its turn, in which the order of blocks changes so that all get as much; false
//! behind the last one.
DEV bool findPlace(const Args& a, int turn, Place& to) {
    const int work = turn * gridDim.x + (turn & 1 ? gridDim.x - 1 - blockIdx.x : blockIdx.x);
    if (work >= a.works) return false;
    int block, heads;
    if (CAUSAL) {  // the last rows see most keys: they go first
        const int line = quotient(work, a.allHeads);
        block = a.blocks - 1 - line;
        heads = work - line * a.allHeads.d;
    } else {
        heads = quotient(work, a.blocksOf);
        block = work - heads * a.blocks;
    }
    to.batch = quotient(heads, a.headsOf);
    to.head = heads - to.batch * a.headsOf.d;
    to.row = block * ROWS;
    const int seen = seenBy(a, lastRow(a, to.row + ROWS - 1));
    to.tiles = SINGLE ? 1 : seen > 0 ? (seen + KEYS - 1) / KEYS : 0;
    return true;
}
DEV void bringQueries(const Args& a, const Memory& memory, int turn) {
    Place place;
    if (!findPlace(a, turn, place)) return;
    const u32 barrier = memory.queriesCame(turn);
    expectBytes(barrier, Q_BYTES);
    bring<K_GROUPS>(memory.queries(turn), ROWS * 128, &a.q, place.row, place.head, place.batch, barrier);
}
//! Brings tile `tile` of the work in the turn, whose place it is, or what follows.
DEV void bringTile(const Args& a, const Memory& memory, int turn, Place place, int tile, int stage) {
    if (SINGLE && !findPlace(a, turn + tile, place)) return;
    while (!SINGLE && tile >= place.tiles) {
        tile -= place.tiles;
        if (!findPlace(a, ++turn, place)) return;
    }
    bringKeys(a, memory.keys(stage), SINGLE ? 0 : tile * KEYS, place.head, place.batch, memory.keysCame(stage),
              memory.valuesCame(stage));
}

KERNEL __launch_bounds__(THREADS, RESIDENT) attention_groups(const __grid_constant__ Args a) {
    extern __shared__ __align__(1024) unsigned char shared[];
    begin();
    const int tid = threadIdx.x, warp = uniform(tid >> 5);
    const Memory memory{sharedAddress(shared)};
    if (tid < 2 + 2 * STAGES) {
        initBarrier(memory.base + tid * 8, 1);
        *(u32*)(shared + COUNTS + tid * 4) = 0;
    }
    publishBarriers();
    if (tid == 0) {
        prefetchMap(&a.q);
        prefetchMap(&a.k);
        prefetchMap(&a.v);
        prefetchMap(&a.y);
    }
    __syncthreads();
    ready();
    Place place;
    findPlace(a, 0, place);
    if (warp == 0 && isElected()) {
        bringQueries(a, memory, 0);
        for (int i = 0; i < STAGES; i++) bringTile(a, memory, 0, place, i, i);
        bringQueries(a, memory, 1);
    }
    int stage = 0;
    u32 phase = 0;
    Turns turns(warp >> 2);
#pragma unroll 1
    for (int turn = 0; findPlace(a, turn, place); turn++) {
        const int first = place.row + (warp >> 2) * 64, mine = place.row + warp * 16;
        const int groupSees = first < a.queries ? seenBy(a, lastRow(a, first + 63)) : 0;
        const int allSee = seenBy(a, mine);
        Rows r(a, place, mine);
        float o[VALUES / 2];
#pragma unroll
        for (int i = 0; !ONCE && i < VALUES / 2; i++) o[i] = 0.f;
        waitFor(memory.queriesCame(turn), turn >> 1 & 1);
#pragma unroll 1
        for (int tile = 0; tile < (SINGLE ? 1 : place.tiles); tile++) {
            const bool sees = tile * KEYS < groupSees;
            Mask mask;
            if (sees) loadMask(mask, r, a, tile);
            // Whoever skips a tile waits for it as well, lest it take this turn of the barrier for the next one.
            waitFor(memory.keysCame(stage), phase);
            turns.take();
            if (!sees) turns.pass();
            if (sees) {
                Scores s;
                multiplyTile<ROWS>(s, describe(memory.queries(turn) + (warp >> 2) * (64 * 128)), describe(memory.keys(stage)));
                turns.pass();
                findBest(s, mask, r, a, tile, allSee >= (tile + 1) * KEYS);
#pragma unroll
                for (int i = 0; !SINGLE && i < VALUES / 2; i++) o[i] *= r.shrink[i >> 1 & 1];
                waitFor(memory.valuesCame(stage), phase);
                weigh(o, s, r, a, memory.keys(stage) + K_BYTES, true);
            }
            if (TOGETHER) continue;
            if (isElected() && isLast(memory.tileLeft(stage), WARPS)) bringTile(a, memory, turn, place, tile + STAGES, stage);
            __syncwarp();
            if (++stage == STAGES) stage = 0, phase ^= 1;
        }
        if (isElected() && isLast(memory.queriesLeft(turn), WARPS)) {
            if (TOGETHER) bringTile(a, memory, turn, place, STAGES, stage);
            bringQueries(a, memory, turn + 2);
        }
        __syncwarp();
        if (mine < a.queries) write(a, o, r, memory.result(warp), place, mine);
        if (TOGETHER && ++stage == STAGES) stage = 0, phase ^= 1;
    }
    waitWritten();
}
