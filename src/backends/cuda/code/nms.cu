// SPDX-License-Identifier: Apache-2.0
// Non-maximum suppression. A candidate's key rises as its score falls, equal scores by number: (box, class) pairs are
// numbered within a batch item. `limit` finds the last key that is admitted, where only so many are; in `select` a block
// takes a class of a batch item, again and again the best candidate that is left, and strikes out what overlaps it;
// `places` says where the rows of each class begin, and `write` sorts and writes them. Boxes are compared in double, as
// on the host. The text in front defines T, M (of the number of boxes), O (of indices), CENTERS (or corners),
// OWN_BOXES (each class has its own), TOP (how many are admitted; 0: all) and BY_CLASS.
struct Args {
    const T *boxes, *scores;
    const M* most;
    const float *overlap, *threshold;
    O* y;
    i32* total;
    u64 *keys, *rows, *limits;  // of candidates; of those that are taken, `room` for each class; by batch item
    u32 *counts, *starts;       // by batch item and class
    u32 batches, boxCount, classes, room, count;
};
constexpr u64 NONE = ~0ull;
DEV u32 orderOf(float x) {
    const u32 bits = __float_as_uint(x == 0 ? 0.f : x);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}
//! Of pair `i` in batch item `b`, or NONE.
DEV u64 keyOf(const Args& a, u32 b, u32 i) {
    const float score = num(a.scores[(i64)b * a.boxCount * a.classes + i]);
    const float least = a.threshold ? a.threshold[0] : 0.f;
    return score > least ? (u64)~orderOf(score) << 32 | i : NONE;
}
struct Box {
    double x1, y1, x2, y2;
};
DEV Box boxOf(const Args& a, u32 b, u32 box, u32 label) {
    const i64 place = (i64)b * a.boxCount + box;
    const T* at = a.boxes + (OWN_BOXES ? place * a.classes + label : place) * 4;
    const double p = num(at[0]), q = num(at[1]), r = num(at[2]), s = num(at[3]);
    if (CENTERS)
        return {minus(p, over(r, 2)), minus(q, over(s, 2)), plus(p, over(r, 2)), plus(q, over(s, 2))};
    return {r < p ? r : p, s < q ? s : q, p < r ? r : p, q < s ? s : q};
}
DEV double areaOf(const Box& x) { return times(minus(x.x2, x.x1), minus(x.y2, x.y1)); }
DEV bool overlaps(const Box& p, const Box& q, double most) {
    const double width = minus(p.x2 < q.x2 ? p.x2 : q.x2, p.x1 > q.x1 ? p.x1 : q.x1);
    const double height = minus(p.y2 < q.y2 ? p.y2 : q.y2, p.y1 > q.y1 ? p.y1 : q.y1);
    if (width <= 0 || height <= 0) return 0 > most;
    const double common = times(width, height);
    return over(common, minus(plus(areaOf(p), areaOf(q)), common)) > most;
}
KERNEL __launch_bounds__(512) limit(const __grid_constant__ Args a) {
    begin();
    ready();
    __shared__ u32 found[256];
    __shared__ u64 chosen;
    __shared__ u32 rest;
    const u32 b = blockIdx.x, pairs = a.boxCount * a.classes;
    if (threadIdx.x == 0) chosen = 0, rest = TOP;
    u64 known = 0;  // bits of the key that are chosen
#pragma unroll 1
    for (int shift = 56; shift >= 0; shift -= 8) {
        for (u32 i = threadIdx.x; i < 256; i += blockDim.x) found[i] = 0;
        __syncthreads();
#pragma unroll 1
        for (u32 i = threadIdx.x; i < pairs; i += blockDim.x) {
            const u64 key = keyOf(a, b, i);
            if (key != NONE && (key & known) == chosen) atomicAdd(&found[key >> shift & 255], 1u);
        }
        __syncthreads();
        if (threadIdx.x == 0) {
            u32 digit = 0;
            while (digit < 255 && found[digit] < rest) rest -= found[digit++];
            chosen |= (u64)digit << shift;
        }
        known |= 255ull << shift;
        __syncthreads();
    }
    if (threadIdx.x == 0) a.limits[b] = chosen;  // the largest key there is, where candidates are too few
}
DEV u64 least(u64 x) {
    __shared__ u64 part[32];
    for (int o = 16; o; o >>= 1) {
        const u64 other = __shfl_xor_sync(~0u, x, o);
        if (other < x) x = other;
    }
    __syncthreads();
    if ((threadIdx.x & 31) == 0) part[threadIdx.x >> 5] = x;
    __syncthreads();
    for (u32 w = 0; w < blockDim.x >> 5; w++)
        if (part[w] < x) x = part[w];
    return x;
}
KERNEL __launch_bounds__(512) select(const __grid_constant__ Args a) {
    begin();
    ready();
    const u32 b = blockIdx.x / a.classes, label = blockIdx.x - b * a.classes;
    u64 *keys = a.keys + (i64)blockIdx.x * a.boxCount, *rows = a.rows + (i64)blockIdx.x * a.room;
    const double most = a.overlap ? a.overlap[0] : 0.f;
    const i64 wanted = min(num(a.most[0]), (i64)a.room);
    u64 best = NONE;
#pragma unroll 1
    for (u32 box = threadIdx.x; box < a.boxCount; box += blockDim.x) {
        u64 key = keyOf(a, b, box * a.classes + label);
        if (TOP && key > a.limits[b]) key = NONE;
        keys[box] = key;
        if (key < best) best = key;
    }
    u32 taken = 0;
#pragma unroll 1
    while (taken < wanted) {
        const u64 first = least(best);
        if (first == NONE) break;
        if (threadIdx.x == 0) rows[taken] = first;
        taken++;
        const u32 number = (u32)first / a.classes;
        const Box box = boxOf(a, b, number, label);
        best = NONE;
#pragma unroll 1
        for (u32 other = threadIdx.x; other < a.boxCount; other += blockDim.x) {
            const u64 key = keys[other];
            if (key == NONE) continue;
            if (other == number || overlaps(boxOf(a, b, other, label), box, most)) keys[other] = NONE;
            else if (key < best) best = key;
        }
    }
    if (threadIdx.x == 0) a.counts[blockIdx.x] = taken;
}
KERNEL __launch_bounds__(1024) places(const __grid_constant__ Args a) {
    begin();
    ready();
    const u32 parts = a.batches * a.classes;
    runningSums(a.counts, a.starts, parts);
    if (threadIdx.x == 0 && a.total) a.total[0] = (i32)a.starts[parts];
}
//! How many of the rows of a class are better.
DEV u32 betterThan(u64 key, const u64* rows, u32 n) {
    u32 from = 0;
#pragma unroll 1
    while (from < n) {
        const u32 middle = (from + n) / 2;
        if (rows[middle] < key) from = middle + 1;
        else n = middle;
    }
    return from;
}
KERNEL write(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 part = i / a.room, j = i - part * a.room, b = part / a.classes, first = b * a.classes;
        if (j >= a.counts[part]) continue;
        const u64 key = a.rows[i];
        u32 at = BY_CLASS ? a.starts[part] + j : a.starts[first];
        if (!BY_CLASS) {
#pragma unroll 1
            for (u32 c = first; c < first + a.classes; c++)
                at += c == part ? j : betterThan(key, a.rows + (i64)c * a.room, a.counts[c]);
        }
        put(a.y[(i64)at * 3], (i64)b);
        put(a.y[(i64)at * 3 + 1], (i64)(part - first));
        put(a.y[(i64)at * 3 + 2], (i64)((u32)key / a.classes));
    }
}
