// SPDX-License-Identifier: Apache-2.0
// Running sums or products along an axis; a thread takes a line. The text in front defines T, N (double or i64), START,
// EXCLUSIVE, REVERSE, and DEV N combine(N a, N b);
struct Args {
    const T* x;
    T* y;
    u32 count, size;
    Divisor inner;
};
DEV void putNumber(T& to, double x) { put(to, (float)x); }
DEV void putNumber(T& to, i64 x) { put(to, x); }
KERNEL cumulative(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 outer = quotient(i, a.inner), inner = i - outer * a.inner.d;
        const i64 first = (i64)outer * a.size * a.inner.d + inner;
        N sum = START;
#pragma unroll 4
        for (u32 s = 0; s < a.size; s++) {
            const i64 at = first + (i64)(REVERSE ? a.size - 1 - s : s) * a.inner.d;
            const N next = combine(sum, (N)num(a.x[at]));
            putNumber(a.y[at], EXCLUSIVE ? sum : next);
            sum = next;
        }
    }
}
