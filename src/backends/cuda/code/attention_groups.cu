// SPDX-License-Identifier: Apache-2.0
// Attention by the products of warp groups, for compute capability 9.0. A group of four warps takes 64 query rows; the
// groups of a block share the keys and values that the copy engine brings. Blocks stay and take one piece of work (the
// rows of a block, of one head) after the other: whichever warp is the last to leave a tile of keys, or the rows of
// queries, has the next one brought there, so that no warp does nothing but copy. Scores stay in registers, and are the
// left operand of the second product when they have become powers. Groups take turns at the first product: otherwise all
// would multiply at the same time, and then all compute powers.
// The text in front defines T (f16 or bf16), M (of the mask; u8: true may attend), HAS_MASK, MASK_ROWS and MASK_KEYS
// (whether the mask differs from row to row, from key to key), MASK_PAIRS (neighbours in it may be read together),
// maskTerm(m, factor) and masked(score, term); CAUSAL (1 upper left, 2 lower right); DEPTH and VALUES (columns of keys
// and of values, as multiples of 16), GROUPS, RESIDENT (blocks of a multiprocessor), KEYS (of a tile, in steps of 8, of
// 16 when there are several), STAGES (tiles in memory), ALL_KEYS (their number where it is known, else 0), CHUNK (steps
// of 16 keys that are weighed at once), HEADS (blocks take whole heads, whose keys are one tile and stay meanwhile),
// IN_PLACE (there is memory for one block's queries only, and the result takes their place: for heads of many columns);
// and the products
//   DEV void multiplyKeys(float (&s)[KEYS / 2], u64 a, u64 b, bool keep), and the same for half a tile (HALF)
//   DEV void multiplyValues(float (&o)[VALUES / 2], const u32 (&a)[4], u64 b, bool keep)
struct Args {
    TensorMap q, k, v, y;
    const void* mask;
    i32 queries, keys, works, blocks;  // pieces of work: a block's rows, or heads; blocks of a head
    float scale;
    Divisor blocksOf, headsOf, allHeads, group;  // blocks of a head; heads; heads of all batches; heads that share keys
    i64 maskStride[4];
};

constexpr int ROWS = GROUPS * 64, WARPS = GROUPS * 4, THREADS = WARPS * 32;
constexpr int K_GROUPS = (DEPTH + 63) / 64, V_GROUPS = (VALUES + 63) / 64;  // of 64 columns: 128 bytes
constexpr int WEIGHED = (KEYS + 15) / 16 * 16;                              // keys of the second product
constexpr int Q_BYTES = ROWS * 128 * K_GROUPS, Y_BYTES = IN_PLACE ? 0 : ROWS * 128 * V_GROUPS;
constexpr int K_BYTES = KEYS * 128 * K_GROUPS, V_BYTES = WEIGHED * 128 * V_GROUPS, TILE_BYTES = K_BYTES + V_BYTES;
constexpr int FRONT = 1024, COUNTS = 512;  // barriers, and counts of warps that are done behind them
constexpr bool SINGLE = ALL_KEYS > 0 && ALL_KEYS <= KEYS;
constexpr bool ONCE = SINGLE && !CAUSAL;          // all rows see the one tile
constexpr bool TOGETHER = SINGLE && STAGES == 2;  // tiles come and go with queries
static_assert(!HEADS || (SINGLE && !TOGETHER));
static_assert(!IN_PLACE || V_GROUPS <= K_GROUPS);
constexpr int TURNS = IN_PLACE ? 1 : 2;  // of queries that are in memory
constexpr int OF_WARP = 16 * 128, OF_RESULT = IN_PLACE ? ROWS * 128 : OF_WARP;  // of 64 columns of the result
//! Groups often see no more of their last tile than its first half, and then compute no more; masks take the registers.
constexpr int HALF = (KEYS / 2 + 15) / 16 * 16;
constexpr bool HALVES = CAUSAL && !SINGLE && !HAS_MASK && HALF < KEYS;
//! Then several groups are faster with all steps at once, and wide heads with masks need fewer registers.
constexpr int AT_ONCE = (HALVES && GROUPS > 1) || (IN_PLACE && HAS_MASK) ? WEIGHED / 16 : CHUNK;
constexpr float LOG2E = 1.44269504f;

//! The score of a key that a row does not see.
DEV float dead() { return -__int_as_float(0x7f800000); }

struct Place {
    int row, head, batch, tiles;
};

//! How many keys a row sees.
DEV int seenBy(const Args& a, int row) {
    if (!CAUSAL) return a.keys;
    const int seen = row + 1 + (CAUSAL == 2 ? a.keys - a.queries : 0);
    return seen < a.keys ? seen : a.keys;
}
DEV int lastRow(const Args& a, int row) { return row < a.queries ? row : a.queries - 1; }

//! True for the last warp of the block that says so.
DEV bool isLast(u32 count) {
    u32 before;
    asm volatile("atom.acq_rel.cta.shared::cta.inc.u32 %0, [%1], %2;" : "=r"(before) : "r"(count), "r"(WARPS - 1) : "memory");
    return before == WARPS - 1;
}
//! Brings 64 or more rows of an operand.
template <int COLUMN_GROUPS>
DEV void bring(u32 to, int rowBytes, const TensorMap* map, int row, int head, int batch, u32 barrier) {
#pragma unroll
    for (int c = 0; c < COLUMN_GROUPS; c++) copyBox4(to + c * rowBytes, map, c * 64, row, head, batch, barrier);
}
DEV void bringKeys(const Args& a, u32 to, int first, int head, int batch, u32 keys, u32 values) {
    head = quotient(head, a.group);
    expectBytes(keys, K_BYTES);
    bring<K_GROUPS>(to, KEYS * 128, &a.k, first, head, batch, keys);
    expectBytes(values, V_BYTES);
    bring<V_GROUPS>(to + K_BYTES, WEIGHED * 128, &a.v, first, head, batch, values);
}

//! What a lane knows of its two rows, `row` and 8 more: of each 8 columns it has two neighbours.
struct Rows {
    float top[2], sum[2], shrink[2];
    const M* mask[2];  //!< at the first of the lane's keys
    int row, key;      //!< the lane's first row, and its first key of each 8
    __device__ __forceinline__ Rows(const Args& a, const Place& place, int first)
        : row(first + (threadIdx.x >> 2 & 7)), key((threadIdx.x & 3) * 2) {
#pragma unroll
        for (int h = 0; h < 2; h++) {
            top[h] = dead();
            sum[h] = 0.f;
            mask[h] = (const M*)a.mask + place.batch * a.maskStride[0] + place.head * a.maskStride[1] +
                      (MASK_ROWS ? lastRow(a, row + h * 8) * a.maskStride[2] : 0) + (MASK_KEYS ? key : 0);
        }
    }
};
//! Of as many keys.
template <int K>
using Scores = float[K / 2];
using Mask = Pack<M, 2>[KEYS / 8][1 + MASK_ROWS];

DEV void loadMask(Mask& mask, const Rows& r, const Args& a, int tile) {
    const int last = a.keys - 1 - r.key - (MASK_PAIRS ? 1 : 0);
#pragma unroll
    for (int j = 0; HAS_MASK && j < KEYS / 8; j++)
#pragma unroll
        for (int h = 0; h <= MASK_ROWS; h++) {
            const int key = tile * KEYS + j * 8;
            const M* at = r.mask[h];
            if (!MASK_KEYS) mask[j][h].v[0] = mask[j][h].v[1] = *at;
            else if (MASK_PAIRS) mask[j][h] = *(const Pack<M, 2>*)(at + (key < last ? key : last));
            else mask[j][h].v[0] = at[key < last ? key : last], mask[j][h].v[1] = at[key + 1 < last ? key + 1 : last];
        }
}

//! Makes scores dead whose keys a row, the lane's first or second, does not see: it sees `seen`, counted from the lane's
//! first key of the tile. They become bits first: comparing each would take two instructions a score.
template <int K>
DEV void hide(float (&s)[K], int seen, int h) {
#pragma unroll
    for (int w = 0; w < K / 4; w += 16) {  // 32 of the lane's keys, as bits
        const int whole = (seen >> 3) - w, rest = seen & 7, count = 2 * whole + (rest < 2 ? rest : 2);
        const u32 bits = count >= 32 ? ~0u : count <= 0 ? 0u : (1u << count) - 1;
#pragma unroll
        for (int j = w; j < K / 4 && j < w + 16; j++)
#pragma unroll
            for (int e = 0; e < 2; e++) {
                if (SINGLE && !CAUSAL && j * 8 + 8 <= ALL_KEYS) continue;
                if (!(bits >> (2 * (j - w) + e) & 1)) s[4 * j + 2 * h + e] = dead();
            }
    }
}

//! Prepares powers of two of the scores' distance to the best so far: masks them, finds the best.
template <int K>
DEV void findBest(float (&s)[K], const Mask& mask, Rows& r, const Args& a, int tile, bool whole) {
    const float scale = a.scale * LOG2E, late = HAS_MASK ? 1.f : scale;
#pragma unroll
    for (int j = 0; HAS_MASK && j < K / 4; j++)
#pragma unroll
        for (int e = 0; e < 4; e++)
            s[4 * j + e] = masked(s[4 * j + e] * scale, maskTerm(mask[j][MASK_ROWS ? e >> 1 : 0].v[e & 1], LOG2E));
    if (!whole) {
#pragma unroll
        for (int h = 0; h < 2; h++) hide(s, seenBy(a, r.row + h * 8) - tile * KEYS - r.key, h);
    }
    float best[2][2] = {{r.top[0], s[1]}, {r.top[1], s[3]}};
#pragma unroll
    for (int i = 0; i < K; i++) best[i >> 1 & 1][i & 1] = fmaxf(best[i >> 1 & 1][i & 1], s[i]);
#pragma unroll
    for (int h = 0; h < 2; h++) {
        float top = fmaxf(best[h][0], best[h][1]);
        top = fmaxf(top, __shfl_xor_sync(~0u, top, 1));
        top = fmaxf(top, __shfl_xor_sync(~0u, top, 2));
        r.shrink[h] = top == dead() ? 1.f : powerOfTwo((r.top[h] - top) * late);
        r.top[h] = top;
        r.sum[h] *= r.shrink[h];
    }
}
//! Powers of keys that make one step of the second product.
template <int K>
DEV void soften(u32 (&p)[4], const float (&s)[K], Rows& r, const Args& a, int step) {
    const float late = HAS_MASK ? 1.f : a.scale * LOG2E;
    float base[2];
#pragma unroll
    for (int h = 0; h < 2; h++) base[h] = r.top[h] == dead() ? 0.f : r.top[h] * late;  // all scores are dead: their powers are 0
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const int at = step * 8 + 2 * i;
        if (at >= K) {
            p[i] = 0;
            continue;
        }
        const float x = powerOfTwo(HAS_MASK ? s[at] - base[i & 1] : fmaf(s[at], late, -base[i & 1]));
        const float y = powerOfTwo(HAS_MASK ? s[at + 1] - base[i & 1] : fmaf(s[at + 1], late, -base[i & 1]));
        r.sum[i & 1] += x + y;
        p[i] = pairOf(x, y, T());
    }
}

//! Scores of a tile: 64 queries times its keys.
template <int K>
DEV void multiplyTile(float (&s)[K], u32 q, u32 k) {
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
    for (int i = 0; i < DEPTH / 16; i++)
        multiplyKeys(s, described<128>(q + (i >> 2) * (ROWS * 8) + (i & 3) * 2),
                     described<128>(k + (i >> 2) * (KEYS * 8) + (i & 3) * 2), i > 0);
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
}

//! Groups one after the other: each has a barrier at which it waits for the one before it. All threads of a warp say that
//! it has done its part, so that no branch splits it.
struct Turns {
    int group;
    __device__ __forceinline__ Turns(int own) : group(own) {
        if (group == GROUPS - 1) pass();  // the first one waits for none
    }
    __device__ __forceinline__ void take() {
        if (GROUPS > 1) asm volatile("bar.sync %0, 256;" ::"r"(group + 1) : "memory");
    }
    __device__ __forceinline__ void pass() {
        if (GROUPS > 1) asm volatile("bar.arrive %0, 256;" ::"r"(group == GROUPS - 1 ? 1 : group + 2) : "memory");
    }
};

//! Adds the values, weighed by powers of the scores.
template <int K>
DEV void weigh(float (&o)[VALUES / 2], const float (&s)[K], Rows& r, const Args& a, u32 v) {
    constexpr int STEPS = (K * 2 + 15) / 16;
    u32 p[STEPS][4];
    v = (v & 0x3ffff) >> 4 | WEIGHED * 8 << 16;
#pragma unroll
    for (int c = 0; c < STEPS; c += AT_ONCE) {
#pragma unroll
        for (int i = c; i < c + AT_ONCE && i < STEPS; i++) soften(p[i], s, r, a, i);
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
        for (int i = c; i < c + AT_ONCE && i < STEPS; i++) multiplyValues(o, p[i], described<128>(v + i * 128), !ONCE || i > 0);
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    }
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
}

DEV void storeFragments(u32 to, u32 a, u32 b, u32 c, u32 d) {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(to), "r"(a), "r"(b), "r"(c), "r"(d)
                 : "memory");
}
//! Lets the copy engine write a warp's 16 rows, from memory of its own.
DEV void write(const Args& a, const float (&o)[VALUES / 2], Rows& r, u32 memory, const Place& place, int mine) {
    const int lane = threadIdx.x & 31;
    float factor[2];
#pragma unroll
    for (int h = 0; h < 2; h++) {
        const float total = r.sum[h] + __shfl_xor_sync(~0u, r.sum[h], 1), sum = total + __shfl_xor_sync(~0u, total, 2);
        factor[h] = sum > 0 ? reciprocal(sum) : sum == 0 ? 0.f : sum;
    }
    waitRead();
    __syncwarp();
#pragma unroll
    for (int j = 0; j < VALUES / 16; j++) {
        u32 p[4];
#pragma unroll
        for (int i = 0; i < 4; i++) p[i] = pairOf(o[8 * j + 2 * i] * factor[i & 1], o[8 * j + 2 * i + 1] * factor[i & 1], T());
        storeFragments(memory + (j >> 2) * OF_RESULT + swizzled(lane & 15, (j & 3) * 2 + (lane >> 4)), p[0], p[1], p[2], p[3]);
    }
    shareWithCopies();
    __syncwarp();
    if (isElected()) {
#pragma unroll
        for (int c = 0; c < V_GROUPS; c++) storeBox4(&a.y, memory + c * OF_RESULT, c * 64, mine, place.head, place.batch);
        commitStores();
    }
}


//! What lies where in shared memory.
struct Memory {
    u32 base;
    __device__ __forceinline__ u32 queries(int turn) const { return base + FRONT + (turn & TURNS - 1) * Q_BYTES; }
    __device__ __forceinline__ u32 result(int warp) const {
        return base + FRONT + (IN_PLACE ? warp * OF_WARP : 2 * Q_BYTES + warp * OF_WARP * V_GROUPS);
    }
    __device__ __forceinline__ u32 keys(int stage) const { return base + FRONT + TURNS * Q_BYTES + Y_BYTES + stage * TILE_BYTES; }
    __device__ __forceinline__ u32 queriesCame(int turn) const { return base + (turn & TURNS - 1) * 8; }
    __device__ __forceinline__ u32 keysCame(int stage) const { return base + 16 + stage * 16; }
    __device__ __forceinline__ u32 valuesCame(int stage) const { return base + 24 + stage * 16; }
    __device__ __forceinline__ u32 queriesLeft(int turn) const { return base + COUNTS + (turn & TURNS - 1) * 4; }
    __device__ __forceinline__ u32 tileLeft(int stage) const { return base + COUNTS + 8 + stage * 4; }
};

//! The piece of work of this block in its turn, in which the order of blocks changes so that all get as much; false
//! behind the last one.
DEV bool findPlace(const Args& a, int turn, Place& to) {
    const int line = HEADS ? quotient(turn, a.blocksOf) : turn;
    const int work = line * gridDim.x + (!HEADS && turn & 1 ? gridDim.x - 1 - blockIdx.x : blockIdx.x);
    if (work >= a.works) return false;
    int block, heads;
    if (HEADS) {
        heads = work;
        block = turn - line * a.blocks;
    } else if (CAUSAL) {  // the last rows see most keys: they go first
        const int from = quotient(work, a.allHeads);
        block = a.blocks - 1 - from;
        heads = work - from * a.allHeads.d;
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
    if (SINGLE && !findPlace(a, turn + tile * (HEADS ? a.blocks : 1), place)) return;
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
        if (!IN_PLACE) bringQueries(a, memory, 1);
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
        waitFor(memory.queriesCame(turn), turn >> TURNS - 1 & 1);
#pragma unroll 1
        for (int tile = 0; tile < (SINGLE ? 1 : place.tiles); tile++) {
            const bool sees = tile * KEYS < groupSees;
            Mask mask;
            if (sees) loadMask(mask, r, a, tile);
            // Whoever skips a tile waits for it as well, lest it take this turn of the barrier for the next one.
            waitFor(memory.keysCame(stage), phase);
            turns.take();
            if (!sees) {
                turns.pass();
                if (SINGLE && CAUSAL) waitFor(memory.valuesCame(stage), phase);  // there may be no group that sees it
            }
            const auto attend = [&](auto& s) {
                multiplyTile(s, describe(memory.queries(turn) + (warp >> 2) * (64 * 128)), describe(memory.keys(stage)));
                turns.pass();
                findBest(s, mask, r, a, tile, allSee >= (tile + 1) * KEYS);
#pragma unroll
                for (int i = 0; !SINGLE && i < VALUES / 2; i++) o[i] *= r.shrink[i >> 1 & 1];
                waitFor(memory.valuesCame(stage), phase);
                weigh(o, s, r, a, memory.keys(stage) + K_BYTES);
            };
            if (HALVES && sees && groupSees - tile * KEYS <= HALF) {
                Scores<HALVES ? HALF : KEYS> s;
                attend(s);
            } else if (sees) {
                Scores<KEYS> s;
                attend(s);
            }
            if (TOGETHER || (HEADS && place.row + ROWS < a.queries)) continue;
            if (isElected() && isLast(memory.tileLeft(stage))) bringTile(a, memory, turn, place, tile + STAGES, stage);
            __syncwarp();
            if (++stage == STAGES) stage = 0, phase ^= 1;
        }
        if (IN_PLACE) {  // when all warps of the group have read the queries
            asm volatile("bar.sync %0, 128;" ::"r"(GROUPS + 1 + (warp >> 2)) : "memory");
            if (mine < a.queries) write(a, o, r, memory.result(warp), place, mine);
            if (isElected()) waitRead();
        }
        if (isElected() && isLast(memory.queriesLeft(turn))) {
            if (TOGETHER) bringTile(a, memory, turn, place, STAGES, stage);
            bringQueries(a, memory, turn + TURNS);
        }
        __syncwarp();
        if (!IN_PLACE && mine < a.queries) write(a, o, r, memory.result(warp), place, mine);
        if (TOGETHER && ++stage == STAGES) stage = 0, phase ^= 1;
    }
    waitWritten();
}
