// SPDX-License-Identifier: Apache-2.0
// New rows in a cache, from a row on that each batch element names. IN_PLACE: the result lies where the cache does, and
// only the rows are written. The text in front defines W and I.
struct Args {
    const W *cache, *update;
    const I* first;
    W* y;
    u32 count;
    Divisor inner, rows, heads;  // elements of a row; rows of the cache, or of the update; heads
    i64 room, added;             // rows
};
KERNEL cache_update(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 q = quotient(i, a.inner), n = i - q * a.inner.d, plane = quotient(q, a.rows), row = q - plane * a.rows.d;
        const i64 first = (i64)a.first[quotient(plane, a.heads)];
        const bool fits = first >= 0 && first <= a.room - a.added;
        if (IN_PLACE) {
            if (fits) a.y[(plane * a.room + first + row) * a.inner.d + n] = a.update[i];
        } else {
            const i64 from = (i64)row - first;
            const bool isNew = fits && from >= 0 && from < a.added;
            a.y[i] = isNew ? a.update[(plane * a.added + from) * a.inner.d + n] : a.cache[i];
        }
    }
}
