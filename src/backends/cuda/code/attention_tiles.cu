// SPDX-License-Identifier: Apache-2.0
// Attention on tensor cores: a block takes 16 query rows for each of its warps and walks over the keys tile by tile, the
// next tile on its way while this one is used. Scores stay in registers; the softmax is kept up to date from tile to tile.
// The text in front defines T (f16 or bf16), M (of the mask; u8: true may attend), HAS_MASK, DEPTH and VALUES (columns of
// keys and of values, as multiples of 16), WARPS (with rows of their own), PARTS (of so many warps each; the tiles of keys
// are dealt to them in turn, and they add what they have in the end), KEYS (of a tile), MASK_ROWS and MASK_KEYS (whether the mask differs from
// row to row, from key to key), maskTerm(m, factor) and masked(score, term). Causal: 1 upper left, 2 lower right. Products
// of a tile stand without branches between them, even where its end is empty: what loads of one wait for, those of the
// next overlap.
// QUANTIZED: probabilities become narrow numbers by a scale, of type S, as DEV float rounded(float x) has them; T holds
// these exactly. That needs the sums of whole rows, so blocks walk over the keys twice: first for best and sum of each
// row, then for the products.
constexpr int ROWS = WARPS * 16, THREADS = WARPS * 32, ALL_THREADS = THREADS * PARTS;  // THREADS of a part
constexpr int K_GROUPS = (DEPTH + 63) / 64, V_GROUPS = (VALUES + 63) / 64;  // of 64 columns: 128 bytes
constexpr int K_BYTES = KEYS * 128 * K_GROUPS, V_BYTES = KEYS * 128 * V_GROUPS, TILE_BYTES = K_BYTES + V_BYTES;
constexpr int Q_BYTES = ROWS * 128 * K_GROUPS;
// Registers have no room for more queries than these, nor for masks on their way beside many values or scores.
constexpr bool QUERIES_STAY = DEPTH <= 128, MASK_EARLY = VALUES <= 128 && KEYS <= 64;
constexpr int KK_AT_ONCE = QUERIES_STAY ? DEPTH / 16 : 2;
static_assert(!QUANTIZED || PARTS == 1);

DEV int lane() { return threadIdx.x & 31; }
constexpr float LOG2E = 1.44269504f;
DEV float dead() { return -__int_as_float(0x7f800000); }
//! What scores are multiplied with when they become powers of two.
DEV float lateScale(const Args& a) { return HAS_MASK ? 1.f : a.scale * LOG2E; }
DEV void loadTransposed(u32 (&r)[4], u32 address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(address));
}
//! Copies rows of the operand to groups of 64 columns; rows behind the end become zeros. A thread, of so many, keeps to one
//! piece of 16 bytes; where a line is three groups, some have none.
template <int GROUPS, int SHARERS>
struct Copier {
    static constexpr int PIECES = GROUPS * 8, APART = GROUPS == 3 ? SHARERS / 32 : SHARERS / PIECES;
    const T* at;
    i64 stride;
    u32 to;     //!< of the thread's first row
    int first;  //!< that row, or behind all when the piece is
    __device__ __forceinline__ Copier(const T* rows, i64 stride, int columns, int count)
        : stride(stride) {
        const int me = threadIdx.x % SHARERS, row = me / PIECES, piece = me % PIECES;
        at = rows + row * stride + piece * 8;
        to = (piece >> 3) * count * 128 + swizzled(row, piece & 7);
        first = piece * 8 < columns ? row : 1 << 30;
    }
    //! The next COUNT rows, of which `left` are there.
    template <int COUNT>
    __device__ __forceinline__ void bring(u32 memory, int left) {
        if (PIECES * APART < SHARERS && threadIdx.x % SHARERS >= PIECES * APART) return;
#pragma unroll
        for (int i = 0; i < COUNT; i += APART, at += stride * APART)
            copyAsync(((memory + to) ^ (i & 7) << 4) + i * 128, at, first + i < left);
    }
    __device__ __forceinline__ void skip(int rows) { at += stride * rows; }
};

//! What a warp knows of its 16 rows: a lane holds rows lane / 4 and 8 more, and of each 8 columns two neighbours.
struct Rows {
    float out[VALUES / 8][4], top[2], sum[2];
    u32 q[QUERIES_STAY ? DEPTH / 16 : 1][4];
    u32 queries;       //!< where the lane loads them from
    const M* mask[2];  //!< at the first of the lane's keys
    int first, key;    //!< the lane's first row, and its first key of each 8
    __device__ __forceinline__ void loadQueries(u32 (&to)[4], int kk) const {
        loadFragments(to, (queries ^ (kk & 3) << 5) + (kk >> 2) * ROWS * 128);
    }
};

DEV void multiplyKeys(float (&s)[KEYS / 8][4], Rows& r, u32 ks) {
#pragma unroll
    for (int j = 0; j < KEYS / 8; j++) s[j][0] = s[j][1] = s[j][2] = s[j][3] = 0.f;
#pragma unroll KK_AT_ONCE
    for (int kk = 0; kk < DEPTH / 16; kk++) {
        u32(&q)[4] = r.q[QUERIES_STAY ? kk : 0];
        if (!QUERIES_STAY) r.loadQueries(q, kk);
#pragma unroll
        for (int j = 0; j < KEYS / 16; j++) {
            u32 f[4];
            loadFragments(f, ks + (kk >> 2) * KEYS * 128 + swizzled(j * 16 + (lane() & 7) + ((lane() >> 4) << 3),
                                                                     (kk & 3) * 2 + ((lane() >> 3) & 1)));
            multiply(s[2 * j], q, f[0], f[1], T());
            multiply(s[2 * j + 1], q, f[2], f[3], T());
        }
    }
}
using Mask = M[KEYS / 8][4];
DEV void loadMask(Mask& mask, const Rows& r, const Args& a, int tile) {
#pragma unroll
    for (int j = 0; HAS_MASK && j < KEYS / 8; j++)
#pragma unroll
        for (int e = 0; e < 4; e++) {
            const int key = tile * KEYS + j * 8 + (e & 1), last = a.keys - 1 - r.key;
            const M* at = r.mask[e >> 1] + (!MASK_KEYS ? 0 : key < last ? key : last);
            mask[j][e] = !MASK_ROWS && e > 1 ? mask[j][e - 2] : *at;
        }
}
//! Masks scores. Unless the tile is `whole`, no row sees more than `left` of its keys, nor what causality hides.
DEV void hide(float (&s)[KEYS / 8][4], const Mask& mask, const Rows& r, const Args& a, int tile, bool whole, int left,
              int shift) {
#pragma unroll
    for (int j = 0; HAS_MASK && j < KEYS / 8; j++)
#pragma unroll
        for (int e = 0; e < 4; e++) s[j][e] = masked(s[j][e] * (a.scale * LOG2E), maskTerm(mask[j][e], LOG2E));
    if (whole) return;
#pragma unroll
    for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
        for (int e = 0; e < 4; e++) {
            const int key = r.key + j * 8 + (e & 1);
            if (key >= left || (a.causal && key + tile * KEYS > r.first + (e >> 1) * 8 + shift)) s[j][e] = dead();
        }
}
//! Scores become powers of two of their distance to the best of their row. In powers of two the exponential is one
//! instruction; scores without a mask are scaled there. Where powers are rounded, equal scores must give 1.
DEV void raise(float (&s)[KEYS / 8][4], const Rows& r, const Args& a) {
    const float late = lateScale(a);
    float base[2];
#pragma unroll
    for (int h = 0; h < 2; h++)  // where all scores are dead their powers are 0
        base[h] = r.top[h] == dead() ? 0.f : QUANTIZED ? r.top[h] : r.top[h] * late;
#pragma unroll
    for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
        for (int e = 0; e < 4; e++) {
            const float b = base[e >> 1];
            s[j][e] = powerOfTwo(QUANTIZED ? (s[j][e] - b) * late : HAS_MASK ? s[j][e] - b : fmaf(s[j][e], late, -b));
        }
}
//! The same once the best is up to date, as sums and what has been added up of values then are.
DEV void soften(float (&s)[KEYS / 8][4], Rows& r, const Args& a) {
    float best[2] = {r.top[0], r.top[1]};
#pragma unroll
    for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
        for (int e = 0; e < 4; e++) best[e >> 1] = fmaxf(best[e >> 1], s[j][e]);
    float shrink[2];
#pragma unroll
    for (int h = 0; h < 2; h++) {
        best[h] = fmaxf(best[h], __shfl_xor_sync(~0u, best[h], 1));
        best[h] = fmaxf(best[h], __shfl_xor_sync(~0u, best[h], 2));
        shrink[h] = best[h] == dead() ? 1.f : powerOfTwo((r.top[h] - best[h]) * lateScale(a));
        r.top[h] = best[h];
        r.sum[h] *= shrink[h];
    }
    raise(s, r, a);
#pragma unroll
    for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
        for (int e = 0; e < 4; e++) r.sum[e >> 1] += s[j][e];
#pragma unroll
    for (int d = 0; !QUANTIZED && d < VALUES / 8; d++)
#pragma unroll
        for (int e = 0; e < 4; e++) r.out[d][e] *= shrink[e >> 1];
}
//! What powers are multiplied with to be probabilities, in steps; the sum of a row is with its four lanes.
DEV float shareOf(float sum, float step) {
    sum += __shfl_xor_sync(~0u, sum, 1);
    sum += __shfl_xor_sync(~0u, sum, 2);
    return sum != 0 ? 1.f / (sum * step) : 0.f;
}

//! Adds the values, weighed by the powers.
DEV void weigh(const float (&s)[KEYS / 8][4], Rows& r, u32 vs) {
#pragma unroll
    for (int j = 0; j < KEYS / 16; j++) {
        const u32 p[4] = {pairOf(s[2 * j][0], s[2 * j][1], T()), pairOf(s[2 * j][2], s[2 * j][3], T()),
                          pairOf(s[2 * j + 1][0], s[2 * j + 1][1], T()), pairOf(s[2 * j + 1][2], s[2 * j + 1][3], T())};
#pragma unroll
        for (int d = 0; d < VALUES / 16; d++) {
            u32 f[4];
            loadTransposed(f, vs + (d >> 2) * KEYS * 128 + swizzled(j * 16 + (lane() & 15), (d & 3) * 2 + (lane() >> 4)));
            multiply(r.out[2 * d], p, f[0], f[1], T());
            multiply(r.out[2 * d + 1], p, f[2], f[3], T());
        }
    }
}

//! What the parts know becomes the first one's knowledge.
DEV void join(Rows& r, const Args& a, unsigned char* memory) {
    constexpr int FLOATS = VALUES / 2 + 4;
    const int me = threadIdx.x % THREADS, part = threadIdx.x / THREADS;
    const float late = lateScale(a);
    float* at = (float*)memory + me;
    if (part > 0) {
        float* mine = at + (part - 1) * FLOATS * THREADS;
#pragma unroll
        for (int h = 0; h < 2; h++) mine[h * THREADS] = r.top[h], mine[(2 + h) * THREADS] = r.sum[h];
#pragma unroll
        for (int e = 0; e < VALUES / 2; e++) mine[(4 + e) * THREADS] = r.out[e / 4][e % 4];
    }
    __syncthreads();
    for (int other = 1; part == 0 && other < PARTS; other++, at += FLOATS * THREADS) {
        float own[2], theirs[2];
#pragma unroll
        for (int h = 0; h < 2; h++) {
            const float top = at[h * THREADS], best = fmaxf(top, r.top[h]);
            own[h] = best == dead() ? 1.f : powerOfTwo((r.top[h] - best) * late);
            theirs[h] = best == dead() ? 1.f : powerOfTwo((top - best) * late);
            r.top[h] = best;
            r.sum[h] = r.sum[h] * own[h] + at[(2 + h) * THREADS] * theirs[h];
        }
#pragma unroll
        for (int e = 0; e < VALUES / 2; e++) {
            float& out = r.out[e / 4][e % 4];
            out = out * own[e % 4 >> 1] + at[(4 + e) * THREADS] * theirs[e % 4 >> 1];
        }
    }
}

KERNEL __launch_bounds__(ALL_THREADS) attention_tiles(const __grid_constant__ Args a) {
    extern __shared__ __align__(1024) unsigned char memory[];
    begin();
    int block = blockIdx.x, head = blockIdx.y, batch = blockIdx.z;
    if (a.causal) {  // the last rows see most keys: they go first
        const u32 many = gridDim.y * gridDim.z, me = (batch * gridDim.y + head) * gridDim.x + block;
        block = gridDim.x - 1 - me / many;
        head = me % many % gridDim.y;
        batch = me % many / gridDim.y;
    }
    const int part = threadIdx.x / THREADS, first = block * ROWS, mine = first + (threadIdx.x % THREADS >> 5) * 16;
    const T* q = a.q + batch * a.qStride[0] + head * a.qStride[1] + first * a.qStride[2];
    const T* k = a.k + batch * a.kStride[0] + head / a.group * a.kStride[1];
    const T* v = a.v + batch * a.vStride[0] + head / a.group * a.vStride[1];
    const u32 qs = sharedAddress(memory), tiles = qs + Q_BYTES + part * 2 * TILE_BYTES;
    const int shift = a.causal == 2 ? a.keys - a.queries : 0;
    const auto seenFrom = [&](int row) {  // keys that rows up to this one see
        const int seen = row < a.queries ? row + shift + 1 : a.queries + shift;
        return a.causal && seen < a.keys ? seen : a.keys;
    };
    const int end = seenFrom(first + ROWS - 1), count = end > 0 ? (end + KEYS - 1) / KEYS : 0;
    const int seen = mine < a.queries ? seenFrom(mine + 15) : 0;
    ready();
    Copier<K_GROUPS, ALL_THREADS>(q, a.qStride[2], a.depth, ROWS).template bring<ROWS>(qs, a.queries - first);
    Copier<K_GROUPS, THREADS> keys(k, a.kStride[2], a.depth, KEYS);
    Copier<V_GROUPS, THREADS> values(v, a.vStride[2], a.valueDepth, KEYS);
    keys.skip(part * KEYS);
    values.skip(part * KEYS);
    const int before = QUANTIZED ? count : 0;  // turns in which nothing is weighed
    const auto fetch = [&](int turn) {  // keys and values are waited for one after the other
        const bool weighs = !QUANTIZED || turn >= before;
        const int tile = turn * PARTS + part - (weighs ? before : 0);
        const u32 to = tiles + (turn & 1) * TILE_BYTES;
        if (QUANTIZED && turn == before) keys.skip(-before * KEYS);
        if (tile < count) keys.template bring<KEYS>(to, a.keys - tile * KEYS);
        commitCopies();
        if (tile < count && weighs) values.template bring<KEYS>(to + K_BYTES, a.keys - tile * KEYS);
        commitCopies();
        keys.skip((PARTS - 1) * KEYS);
        values.skip((PARTS - 1) * KEYS);
    };
    fetch(0);
    const float given = QUANTIZED ? num(((const S*)a.quantizer)[0]) : 0.f, step = given != 0 ? given : 1.f;
    float share[2];
    Rows r;
    r.queries = qs + swizzled(mine - first + (lane() & 15), lane() >> 4);
    r.first = mine + (lane() >> 2);
    r.key = (lane() & 3) * 2;
#pragma unroll
    for (int h = 0; h < 2; h++) {
        r.top[h] = dead();
        r.sum[h] = 0.f;
        const int row = r.first + h * 8 < a.queries ? r.first + h * 8 : a.queries - 1;
        r.mask[h] = (const M*)a.mask + batch * a.maskStride[0] + head * a.maskStride[1] +
                    (MASK_ROWS ? row * a.maskStride[2] : 0) + (MASK_KEYS ? r.key : 0);
    }
#pragma unroll
    for (int d = 0; d < VALUES / 8; d++) r.out[d][0] = r.out[d][1] = r.out[d][2] = r.out[d][3] = 0.f;
#pragma unroll 1
    for (int turn = 0; turn * PARTS < before + count; turn++) {
        const bool weighs = !QUANTIZED || turn >= before;
        const int tile = turn * PARTS + part - (weighs ? before : 0);
        fetch(turn + 1);
        Mask mask;  // on its way while keys arrive
        if (MASK_EARLY) loadMask(mask, r, a, tile);
        waitCopies<3>();
        __syncthreads();
        const u32 ks = tiles + (turn & 1) * TILE_BYTES;
        const int left = seen - tile * KEYS;
        const bool whole = left >= KEYS && !(a.causal && (tile + 1) * KEYS > mine + shift + 1);
        if (QUERIES_STAY && turn == 0) {
#pragma unroll
            for (int kk = 0; kk < DEPTH / 16; kk++) r.loadQueries(r.q[QUERIES_STAY ? kk : 0], kk);
        }
        if (QUANTIZED && turn == before) share[0] = shareOf(r.sum[0], step), share[1] = shareOf(r.sum[1], step);
        float s[KEYS / 8][4];
        if (left > 0) {
            multiplyKeys(s, r, ks);
            if (!MASK_EARLY) loadMask(mask, r, a, tile);
            hide(s, mask, r, a, tile, whole, left, shift);
            if (QUANTIZED && weighs) {
                raise(s, r, a);
#pragma unroll
                for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
                    for (int e = 0; e < 4; e++) {
                        const float p = s[j][e] * share[e >> 1];
                        s[j][e] = given != 0 ? rounded(p) : p;
                    }
            } else {
                soften(s, r, a);
            }
        }
        waitCopies<2>();
        __syncthreads();
        if (left > 0 && weighs) weigh(s, r, ks + K_BYTES);
        __syncthreads();
    }
    waitCopies<0>();
    if (PARTS > 1) {
        __syncthreads();
        join(r, a, memory);
        if (part > 0) return;
    }
    T* y = a.y + batch * a.yStride[0] + head * a.yStride[1];
#pragma unroll
    for (int h = 0; h < 2; h++) {
        const float factor = QUANTIZED ? step : shareOf(r.sum[h], 1.f);
        const int row = r.first + h * 8;
        if (row >= a.queries) continue;
#pragma unroll
        for (int d = 0; d < VALUES / 8; d++) {
            const int column = d * 8 + r.key;
            if (column < a.valueDepth)
                *(u32*)(y + row * a.yStride[2] + column) = pairOf(r.out[d][h * 2] * factor, r.out[d][h * 2 + 1] * factor, T());
        }
    }
}
