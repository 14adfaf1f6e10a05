// SPDX-License-Identifier: Apache-2.0
// One of two values for each place along a new axis. The text in front defines W and I.
struct Args {
    const I* index;
    const W* values;
    W* y;
    u32 count;
    Divisor inner, depth;
};
KERNEL one_hot(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 q = quotient(i, a.inner), outer = quotient(q, a.depth), position = q - outer * a.depth.d;
        const i64 index = (i64)a.index[(i64)outer * a.inner.d + (i - q * a.inner.d)];
        a.y[i] = a.values[wrappedIndex(index, a.depth.d) == position];
    }
}
