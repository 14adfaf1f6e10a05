// SPDX-License-Identifier: Apache-2.0
// Updates written into a copy of the data. Several updates of one place happen in their order, whatever the threads do:
// `mark` first finds for each place the update that decides (the last one, or with a reduction the first one), and
// `scatter` lets only that one write; with a reduction it takes the later ones of its place with it. The text in front
// defines T (word or number), N, I (of indices), ND (tuples of indices) or not (an index for each element), REDUCES, and
//   DEV N combine(N a, N b);
struct Args {
    const I* index;
    const T *data, *update;
    T* y;
    i32* owner;           // by place: number of an update; -1: none yet
    u32 count, updates;   // elements of all updates; how many updates
    Divisor inner;        // elements of an update
    Places places;        // of the indices, for single elements
    PerDim size, stride;  // of the data: by dimension, or by index of a tuple
    i32 axis, length;     // of a tuple
    u32 line, step;       // single elements: how many lie along the axis, and how far apart
};
//! Where update `u` goes, in elements of the data; -1: nowhere.
DEV i64 placeOf(const Args& a, u32 u) {
    bool there = true;
    i64 at = 0;
    if (ND) {
        for (int k = 0; k < a.length; k++) {
            const i64 place = wrappedIndex((i64)a.index[(i64)u * a.length + k], a.size.v[k]);
            there = there && place >= 0;
            at += place * a.stride.v[k];
        }
    } else {
        eachDim(a.places, u, [&](int d, i64 p) {
            if (d == a.axis) p = wrappedIndex((i64)a.index[u], a.size.v[d]);
            there = there && p >= 0 && p < a.size.v[d];
            at += p * a.stride.v[d];
        });
    }
    return there ? at : -1;
}
KERNEL mark(const __grid_constant__ Args a) {
    begin();
    ready();
    for (u32 u = blockIdx.x * blockDim.x + threadIdx.x; u < a.updates; u += gridDim.x * blockDim.x) {
        const i64 at = placeOf(a, u);
        // With a reduction numbers count down from the last update, so that the first one is the largest.
        if (at >= 0) atomicMax(a.owner + quotient((u32)at, a.inner), (i32)(REDUCES ? a.updates - 1 - u : u));
    }
}
KERNEL scatter(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 u = quotient(i, a.inner), n = i - u * a.inner.d;
        const i64 at = placeOf(a, u);
        if (at < 0 || a.owner[quotient((u32)at, a.inner)] != (i32)(REDUCES ? a.updates - 1 - u : u)) continue;
#if REDUCES
        N sum = combine(num(a.data[at + n]), num(a.update[i]));
        // Only updates along the same line can meet this place again.
        for (u32 v = ND ? u + 1 : u + a.step; v < a.updates; v += ND ? 1 : a.step) {
            if (!ND && v / (a.step * a.line) != u / (a.step * a.line)) break;
            if (placeOf(a, v) == at) sum = combine(sum, num(a.update[(i64)v * a.inner.d + n]));
        }
        put(a.y[at + n], sum);
#else
        a.y[at + n] = a.update[i];
#endif
    }
}
