// SPDX-License-Identifier: Apache-2.0
// New rows in a cache, from a row on that each batch element names. `cache_update` makes the whole result; `cache_rows`
// writes the new rows alone, where the result lies in the cache's own memory. The text in front defines W and I.
struct Args {
    const W *cache, *update;
    const I* first;
    W* y;
    u32 count, added;            // elements of the cache, of the update
    Divisor inner, rows, heads;  // elements of a row; rows of the cache; heads
    Divisor newRows;
};
//! The cache's row that takes the first new one; -1: the rows do not fit, and nothing is written.
DEV i64 firstRow(const Args& a, u32 plane) {
    const i64 first = (i64)a.first[quotient(plane, a.heads)];
    return first <= (i64)a.rows.d - (i64)a.newRows.d ? first : -1;
}
KERNEL cache_update(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 q = quotient(i, a.inner), plane = quotient(q, a.rows), row = q - plane * a.rows.d;
        const i64 first = firstRow(a, plane), from = (i64)row - first;
        const bool isNew = a.added > 0 && first >= 0 && from >= 0 && from < a.newRows.d;
        a.y[i] = isNew ? a.update[(plane * (i64)a.newRows.d + from) * a.inner.d + (i - q * a.inner.d)] : a.cache[i];
    }
}
KERNEL cache_rows(const __grid_constant__ Args a) {
    begin();
    ready();
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < a.added; i += gridDim.x * blockDim.x) {
        const u32 q = quotient(i, a.inner), plane = quotient(q, a.newRows), row = q - plane * a.newRows.d;
        const i64 first = firstRow(a, plane);
        if (first >= 0) a.y[(plane * (i64)a.rows.d + first + row) * a.inner.d + (i - q * a.inner.d)] = a.update[i];
    }
}
