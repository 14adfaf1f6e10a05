// SPDX-License-Identifier: Apache-2.0
// Pairs of elements of each row, turned by the angles of its position. The text in front defines T, I (of positions),
// POSITIONS (given, or the row's number) and INTERLEAVED.
struct Args {
    const T *x, *cos, *sin;
    const I* positions;
    T* y;
    u32 count;  // pairs, with those of the elements that stay
    Divisor pairs, steps, heads;
    i32 size, half;
    i64 rows;  // of the tables
};
KERNEL rotary(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 row = quotient(i, a.pairs), p = i - row * a.pairs.d;
        const T* x = a.x + (i64)row * a.size;
        T* y = a.y + (i64)row * a.size;
        const u32 q = quotient(row, a.steps), step = row - q * a.steps.d;
        i64 place = (i64)quotient(q, a.heads) * a.steps.d + step;
        if (POSITIONS) place = (i64)a.positions[place];
        const bool turns = p < a.half && place >= 0 && place < a.rows;
        const u32 rest = 2 * a.half + (p - a.half);  // of an element behind the pairs
        if (p >= a.half) {
            y[rest] = x[rest];
            continue;
        }
        const i32 first = INTERLEAVED ? 2 * p : p, second = INTERLEAVED ? 2 * p + 1 : p + a.half;
        const float u = num(x[first]), v = num(x[second]);
        const float c = turns ? num(a.cos[place * a.half + p]) : 1.f, s = turns ? num(a.sin[place * a.half + p]) : 0.f;
        put(y[first], u * c - v * s);
        put(y[second], u * s + v * c);
    }
}
