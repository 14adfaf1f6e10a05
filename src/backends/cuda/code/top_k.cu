// SPDX-License-Identifier: Apache-2.0
// The best elements of rows along an axis, best first, equal ones by rising place. A block takes a row. The text in
// front defines T, O (of places), MAX and SORTED: rows of up to SORTED elements (a power of two) are sorted in shared
// memory; 0: each further element is looked for in the whole row.
struct Args {
    const T* x;
    T* y;
    O* places;
    u32 rows, size, k;
    Divisor inner;
};
//! Rises with the number, so that less means better; all NaN are one number above the others.
DEV u64 orderOf(i64 x) { return (u64)x ^ (1ull << 63); }
DEV u64 orderOf(float x) {
    const u32 bits = __float_as_uint(x == 0 ? 0.f : x);
    return x != x ? 0xffffffffull : bits >> 31 ? (u64)(u32)~bits : (u64)(bits | 0x80000000u);
}
struct Key {
    u64 order;
    u32 place;
};
DEV bool before(const Key& a, const Key& b) {
    return a.order < b.order || (a.order == b.order && a.place < b.place);
}
DEV Key keyOf(const Args& a, const T* x, u32 i) {
    const u64 order = orderOf(num(x[(i64)i * a.inner.d]));
    return {MAX ? ~order : order, i};
}
DEV void store(const Args& a, const T* x, T* y, O* places, u32 i, u32 place) {
    y[(i64)i * a.inner.d] = x[(i64)place * a.inner.d];
    put(places[(i64)i * a.inner.d], (i64)place);
}
DEV Key best(Key x) {
    for (int o = 16; o; o >>= 1) {
        const Key other{__shfl_xor_sync(~0u, x.order, o), __shfl_xor_sync(~0u, x.place, o)};
        if (before(other, x)) x = other;
    }
    return x;
}
KERNEL __launch_bounds__(512) top_k(const __grid_constant__ Args a) {
    begin();
    ready();
    const u32 row = blockIdx.x, outer = quotient(row, a.inner), inner = row - outer * a.inner.d;
    const T* x = a.x + (i64)outer * a.size * a.inner.d + inner;
    T* y = a.y + (i64)outer * a.k * a.inner.d + inner;
    O* places = a.places + (i64)outer * a.k * a.inner.d + inner;
#if SORTED
    __shared__ u64 order[SORTED];
    __shared__ u32 place[SORTED];
    for (u32 i = threadIdx.x; i < SORTED; i += blockDim.x) {
        const Key key = i < a.size ? keyOf(a, x, i) : Key{~0ull, i};
        order[i] = key.order;
        place[i] = key.place;
    }
    __syncthreads();
#pragma unroll 1
    for (u32 span = 2; span <= SORTED; span *= 2) {
#pragma unroll 1
        for (u32 half = span / 2; half; half /= 2) {
            for (u32 t = threadIdx.x; t < SORTED / 2; t += blockDim.x) {
                const u32 i = (t / half) * 2 * half + t % half, j = i + half;
                const Key p{order[i], place[i]}, q{order[j], place[j]};
                if (before(q, p) == ((i & span) == 0)) {
                    order[i] = q.order, place[i] = q.place;
                    order[j] = p.order, place[j] = p.place;
                }
            }
            __syncthreads();
        }
    }
    for (u32 i = threadIdx.x; i < a.k; i += blockDim.x) store(a, x, y, places, i, place[i]);
#else
    __shared__ u64 order[32];
    __shared__ u32 place[32];
    Key last{0, 0};
#pragma unroll 1
    for (u32 k = 0; k < a.k; k++) {
        Key found{~0ull, ~0u};
        for (u32 i = threadIdx.x; i < a.size; i += blockDim.x) {
            const Key key = keyOf(a, x, i);
            if ((k == 0 || before(last, key)) && before(key, found)) found = key;
        }
        found = best(found);
        const int warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
        __syncthreads();
        if ((threadIdx.x & 31) == 0) order[warp] = found.order, place[warp] = found.place;
        __syncthreads();
        found = Key{order[0], place[0]};
        for (int w = 1; w < warps; w++) {
            const Key other{order[w], place[w]};
            if (before(other, found)) found = other;
        }
        if (threadIdx.x == 0) store(a, x, y, places, k, found.place);
        last = found;
    }
#endif
}
