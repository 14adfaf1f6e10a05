// SPDX-License-Identifier: Apache-2.0
// Attention as in attention_groups.cu where all keys fit into one tile and every row sees them: a block takes head after
// head, of which several are in memory, and its groups take the next 64 rows each when they are done with theirs.
// The text in front is that of attention_parts.cu.
constexpr int QUERIES = 128, COUNTS = 512;  // barriers of queries, counts of warps that are done

//! What lies where in shared memory.
struct Memory {
    u32 base;
    int group;
    __device__ __forceinline__ u32 queries(int slot) const {
        return base + FRONT + (group * 2 + (slot & 1)) * (64 * 128 * K_GROUPS);
    }
    __device__ __forceinline__ u32 result(int warp) const { return base + FRONT + 2 * Q_BYTES + warp * OF_WARP * V_GROUPS; }
    __device__ __forceinline__ u32 keys(int stage) const { return base + FRONT + 2 * Q_BYTES + Y_BYTES + stage * TILE_BYTES; }
    __device__ __forceinline__ u32 keysCame(int stage) const { return base + stage * 16; }
    __device__ __forceinline__ u32 valuesCame(int stage) const { return base + 8 + stage * 16; }
    __device__ __forceinline__ u32 queriesCame(int slot) const { return base + QUERIES + (group * 2 + (slot & 1)) * 8; }
    __device__ __forceinline__ u32 queriesLeft(int slot) const { return base + COUNTS + (group * 2 + (slot & 1)) * 4; }
    __device__ __forceinline__ u32 tileLeft(int stage) const { return base + COUNTS + 64 + stage * 4; }
};

//! 64 rows of the head that the block has in its turn.
struct Unit {
    int block, turn;
    __device__ __forceinline__ void advance(const Args& a, int by) {
        for (block += by; block >= a.blocks; block -= a.blocks) turn++;
    }
    //! The last rows of a head may be few: each turn another warp has them.
    __device__ __forceinline__ int row(const Args& a) const {
        const int row = block * 64, spare = row + 64 - a.queries;
        return block == 0 || spare < 16 ? row : row - turn % (spare / 16 + 1) * 16;
    }
};
DEV bool findPlace(const Args& a, int turn, Place& to) {
    const int heads = turn * gridDim.x + blockIdx.x;
    if (heads >= a.works) return false;
    to.batch = quotient(heads, a.headsOf);
    to.head = heads - to.batch * a.headsOf.d;
    return true;
}
DEV void bringQueries(const Args& a, const Memory& memory, const Unit& unit, int slot) {
    Place place;
    if (!findPlace(a, unit.turn, place)) return;
    const u32 barrier = memory.queriesCame(slot);
    expectBytes(barrier, 64 * 128 * K_GROUPS);
    bring<K_GROUPS>(memory.queries(slot), 64 * 128, &a.q, unit.row(a), place.head, place.batch, barrier);
}
DEV void bringHead(const Args& a, const Memory& memory, int turn) {
    Place place;
    if (!findPlace(a, turn, place)) return;
    const int stage = turn % STAGES;
    bringKeys(a, memory.keys(stage), 0, place.head, place.batch, memory.keysCame(stage), memory.valuesCame(stage));
}

KERNEL __launch_bounds__(THREADS, RESIDENT) attention_heads(const __grid_constant__ Args a) {
    extern __shared__ __align__(1024) unsigned char shared[];
    begin();
    const int tid = threadIdx.x, warp = uniform(tid >> 5);
    const Memory memory{sharedAddress(shared), warp >> 2};
    if (tid < 2 * STAGES) initBarrier(memory.base + tid * 8, 1);
    if (tid < 2 * GROUPS) initBarrier(memory.base + QUERIES + tid * 8, 1);
    if (tid < 32) *(u32*)(shared + COUNTS + tid * 4) = 0;
    publishBarriers();
    if (tid == 0) {
        prefetchMap(&a.q);
        prefetchMap(&a.k);
        prefetchMap(&a.v);
        prefetchMap(&a.y);
    }
    __syncthreads();
    ready();
    Unit unit{0, 0};
    unit.advance(a, memory.group);
    if ((warp & 3) == 0 && isElected()) {
        bringQueries(a, memory, unit, 0);
        if (warp == 0)
            for (int i = 0; i < STAGES; i++) bringHead(a, memory, i);
        Unit next = unit;
        next.advance(a, GROUPS);
        bringQueries(a, memory, next, 1);
    }
    __syncwarp();
    Turns turns(memory.group);
    Place place;
#pragma unroll 1
    for (int slot = 0; findPlace(a, unit.turn, place); slot++, unit.advance(a, GROUPS)) {
        const int stage = unit.turn % STAGES, phase = unit.turn / STAGES & 1;
        place.row = unit.row(a);
        const int mine = place.row + (warp & 3) * 16;
        const bool live = mine < a.queries && mine >= unit.block * 64;
        Rows r(a, place, mine);
        float o[VALUES / 2];
        Mask mask;
        if (live) loadMask(mask, r, a, 0);
        waitFor(memory.queriesCame(slot), slot >> 1 & 1);
        waitFor(memory.keysCame(stage), phase);
        turns.take();
        Scores s;
        multiplyTile<64>(s, describe(memory.queries(slot)), describe(memory.keys(stage)));
        turns.pass();
        if (isElected() && isLast(memory.queriesLeft(slot), 4)) {
            Unit next = unit;
            next.advance(a, 2 * GROUPS);
            bringQueries(a, memory, next, slot);
        }
        __syncwarp();
        if (live) findBest(s, mask, r, a, 0, a.keys >= KEYS);
        waitFor(memory.valuesCame(stage), phase);
        weigh(o, s, r, a, memory.keys(stage) + K_BYTES, live);
        if (isElected() && isLast(memory.tileLeft(stage), a.blocks * 4)) bringHead(a, memory, unit.turn + STAGES);
        __syncwarp();
        if (live) write(a, o, r, memory.result(warp), place, mine);
    }
    waitWritten();
}
