// SPDX-License-Identifier: Apache-2.0
// Attention on tensor cores: a block takes 16 query rows for each of its warps and walks over the keys in tiles of 64, the
// next tile on its way while this one is used. Scores stay in registers; the softmax is kept up to date from tile to tile.
// The text in front defines T (f16 or bf16), M (of the mask; u8: true may attend), HAS_MASK, DEPTH and VALUES (columns of
// keys and of values, as multiples of 16), WARPS, MASK_ROWS and MASK_KEYS (whether the mask differs from row to row, from
// key to key), and masked(score, m, factor). Causal: 1 upper left, 2 lower right.
struct Args {
    const T *q, *k, *v;
    const void* mask;
    T* y;
    i32 queries, keys, depth, valueDepth, heads, group;
    i32 causal;
    float scale;
    i64 qStride[3], kStride[3], vStride[3], yStride[3];
    i64 maskStride[4];
};

constexpr int KEYS = 64, ROWS = WARPS * 16, THREADS = WARPS * 32;
constexpr int K_GROUPS = (DEPTH + 63) / 64, V_GROUPS = (VALUES + 63) / 64;  // of 64 columns: 128 bytes
constexpr int K_BYTES = KEYS * 128 * K_GROUPS, V_BYTES = KEYS * 128 * V_GROUPS, TILE_BYTES = K_BYTES + V_BYTES;
constexpr int Q_BYTES = ROWS * 128 * K_GROUPS;

DEV void loadTransposed(u32 (&r)[4], u32 address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(address));
}
DEV u32 pair(float a, float b) {
    T x, y;
    put(x, a);
    put(y, b);
    return (u32)x.bits | (u32)y.bits << 16;
}
constexpr float LOG2E = 1.44269504f;
//! Rows in groups of 64 columns; rows behind the end become zeros. A thread keeps to one piece of 16 bytes.
template <int COUNT, int GROUPS>
DEV void bring(u32 to, const T* from, i64 stride, int there, int columns) {
    constexpr int PIECES = GROUPS * 8, APART = THREADS / PIECES;
    const int first = threadIdx.x / PIECES, piece = threadIdx.x % PIECES;
    if (piece * 8 >= columns) there = 0;
    to += (piece >> 3) * COUNT * 128;
    const T* at = from + first * stride + piece * 8;
    stride *= APART;
#pragma unroll 8
    for (int i = 0; i < COUNT; i += APART, at += stride) {
        const bool inside = first + i < there;
        copyAsync(to + swizzled(first + i, piece & 7), inside ? at : from, inside);
    }
}

KERNEL __launch_bounds__(THREADS) attention_tiles(const __grid_constant__ Args a) {
    extern __shared__ __align__(1024) unsigned char memory[];
    begin();
    const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, first = blockIdx.x * ROWS, head = blockIdx.y,
              batch = blockIdx.z;
    const T* q = a.q + batch * a.qStride[0] + head * a.qStride[1] + first * a.qStride[2];
    const T* k = a.k + batch * a.kStride[0] + head / a.group * a.kStride[1];
    const T* v = a.v + batch * a.vStride[0] + head / a.group * a.vStride[1];
    const u32 qs = sharedAddress(memory), tiles = qs + Q_BYTES;
    const int shift = a.causal == 2 ? a.keys - a.queries : 0;
    const int lastRow = first + ROWS - 1 < a.queries ? first + ROWS - 1 : a.queries - 1;
    const int seen = a.causal ? lastRow + shift + 1 : a.keys, end = seen < a.keys ? seen : a.keys;
    const int count = end > 0 ? (end + KEYS - 1) / KEYS : 0;
    ready();
    const auto fetch = [&](int tile) {  // keys and values are waited for one after the other
        const u32 to = tiles + (tile & 1) * TILE_BYTES;
        const bool there = tile < count;
        const int left = a.keys - tile * KEYS;
        if (there) bring<KEYS, K_GROUPS>(to, k + (i64)tile * KEYS * a.kStride[2], a.kStride[2], left, a.depth);
        commitCopies();
        if (there) bring<KEYS, V_GROUPS>(to + K_BYTES, v + (i64)tile * KEYS * a.vStride[2], a.vStride[2], left, a.valueDepth);
        commitCopies();
    };
    bring<ROWS, K_GROUPS>(qs, q, a.qStride[2], a.queries - first, a.depth);
    fetch(0);
    float out[VALUES / 8][4], top[2], sum[2] = {0, 0};
    top[0] = top[1] = -__int_as_float(0x7f800000);
#pragma unroll
    for (int d = 0; d < VALUES / 8; d++) out[d][0] = out[d][1] = out[d][2] = out[d][3] = 0.f;
    u32 qf[DEPTH / 16][4];
    const int row = first + warp * 16 + (lane >> 2);  // of elements 0 and 1; 8 more for 2 and 3
    const int firstKey = (lane & 3) * 2;
    const float scale = a.scale * LOG2E;
    const M* maskRow[2] = {0, 0};
#pragma unroll
    for (int h = 0; HAS_MASK && h < 2; h++) {
        const int r = row + h * 8 < a.queries ? row + h * 8 : a.queries - 1;
        maskRow[h] = (const M*)a.mask + batch * a.maskStride[0] + head * a.maskStride[1] + (MASK_ROWS ? r * a.maskStride[2] : 0);
    }
#pragma unroll 1
    for (int tile = 0; tile < count; tile++) {
        fetch(tile + 1);
        M mask[KEYS / 8][4];  // on its way while keys arrive
#pragma unroll
        for (int j = 0; HAS_MASK && j < KEYS / 8; j++)
#pragma unroll
            for (int e = 0; e < 4; e++) {
                const int key = firstKey + tile * KEYS + j * 8 + (e & 1), last = a.keys - 1;
                mask[j][e] = !MASK_ROWS && e > 1 ? mask[j][e - 2] : maskRow[e >> 1][MASK_KEYS ? key < last ? key : last : 0];
            }
        waitCopies<3>();
        __syncthreads();
        if (tile == 0) {
#pragma unroll
            for (int kk = 0; kk < DEPTH / 16; kk++)
                loadFragments(qf[kk], qs + (kk >> 2) * ROWS * 128 +
                                          swizzled(warp * 16 + (lane & 15), (kk & 3) * 2 + (lane >> 4)));
        }
        const u32 ks = tiles + (tile & 1) * TILE_BYTES, vs = ks + K_BYTES;
        float s[KEYS / 8][4];
#pragma unroll
        for (int j = 0; j < KEYS / 8; j++) s[j][0] = s[j][1] = s[j][2] = s[j][3] = 0.f;
#pragma unroll
        for (int kk = 0; kk < DEPTH / 16; kk++)
#pragma unroll
            for (int j = 0; j < KEYS / 16; j++) {
                u32 f[4];
                loadFragments(f, ks + (kk >> 2) * KEYS * 128 + swizzled(j * 16 + (lane & 7) + ((lane >> 4) << 3),
                                                                         (kk & 3) * 2 + ((lane >> 3) & 1)));
                multiply(s[2 * j], qf[kk], f[0], f[1], T());
                multiply(s[2 * j + 1], qf[kk], f[2], f[3], T());
            }
        // Scores in powers of two, so that the exponential is one instruction. Without a mask they are scaled there.
        const float dead = -__int_as_float(0x7f800000), late = HAS_MASK ? 1.f : scale;
        float best[2] = {top[0], top[1]};
        if (HAS_MASK) {
#pragma unroll
            for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
                for (int e = 0; e < 4; e++) s[j][e] = masked(s[j][e] * scale, mask[j][e], LOG2E);
        }
        if (a.causal || (tile + 1) * KEYS > a.keys) {
#pragma unroll
            for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
                for (int e = 0; e < 4; e++) {
                    const int key = firstKey + tile * KEYS + j * 8 + (e & 1);
                    if (key >= a.keys || (a.causal && key > row + (e >> 1) * 8 + shift)) s[j][e] = dead;
                }
        }
#pragma unroll
        for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
            for (int e = 0; e < 4; e++) best[e >> 1] = fmaxf(best[e >> 1], s[j][e]);
        float shrink[2], base[2];
#pragma unroll
        for (int h = 0; h < 2; h++) {
            best[h] = fmaxf(best[h], __shfl_xor_sync(~0u, best[h], 1));
            best[h] = fmaxf(best[h], __shfl_xor_sync(~0u, best[h], 2));
            shrink[h] = best[h] == dead ? 1.f : powerOfTwo((top[h] - best[h]) * late);
            base[h] = best[h] == dead ? 0.f : best[h] * late;  // all scores are dead: their powers are 0
            top[h] = best[h];
            sum[h] *= shrink[h];
        }
#pragma unroll
        for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
            for (int e = 0; e < 4; e++) {
                s[j][e] = powerOfTwo(HAS_MASK ? s[j][e] - base[e >> 1] : fmaf(s[j][e], late, -base[e >> 1]));
                sum[e >> 1] += s[j][e];
            }
#pragma unroll
        for (int d = 0; d < VALUES / 8; d++)
#pragma unroll
            for (int e = 0; e < 4; e++) out[d][e] *= shrink[e >> 1];
        waitCopies<2>();
        __syncthreads();
#pragma unroll
        for (int j = 0; j < KEYS / 16; j++) {
            const u32 p[4] = {pair(s[2 * j][0], s[2 * j][1]), pair(s[2 * j][2], s[2 * j][3]),
                              pair(s[2 * j + 1][0], s[2 * j + 1][1]), pair(s[2 * j + 1][2], s[2 * j + 1][3])};
#pragma unroll
            for (int d = 0; d < VALUES / 16; d++) {
                u32 f[4];
                loadTransposed(f, vs + (d >> 2) * KEYS * 128 + swizzled(j * 16 + (lane & 15), (d & 3) * 2 + (lane >> 4)));
                multiply(out[2 * d], p, f[0], f[1], T());
                multiply(out[2 * d + 1], p, f[2], f[3], T());
            }
        }
        __syncthreads();
    }
    waitCopies<0>();
    T* y = a.y + batch * a.yStride[0] + head * a.yStride[1];
#pragma unroll
    for (int h = 0; h < 2; h++) {
        sum[h] += __shfl_xor_sync(~0u, sum[h], 1);
        sum[h] += __shfl_xor_sync(~0u, sum[h], 2);
        const int r = row + h * 8;
        if (r >= a.queries) continue;
        const float factor = sum[h] > 0 ? 1.f / sum[h] : sum[h] == 0 ? 0.f : sum[h];
#pragma unroll
        for (int d = 0; d < VALUES / 8; d++) {
            const int column = d * 8 + (lane & 3) * 2;
            if (column < a.valueDepth) *(u32*)(y + r * a.yStride[2] + column) = pair(out[d][h * 2] * factor, out[d][h * 2 + 1] * factor);
        }
    }
}
