// SPDX-License-Identifier: Apache-2.0
// An image read at the places that a grid names. The text in front defines T, SPATIAL (2 or 3), MODE: 0 nearest, 1
// linear, 2 cubic; ALIGN (corners), OUTSIDE: 0 zero, 1 clamp, 2 reflect.
struct Args {
    const T *x, *grid;
    T* y;
    u32 count;
    Divisor points, channels;  // of the result
    i32 size[SPATIAL];
    i64 plane;
};
DEV double between(double x, double low, double high) { return x < low ? low : x > high ? high : x; }
DEV double mirrored(double x, double low, double high) {
    const double span = minus(high, low);
    if (span <= 0) return low;
    const double folded = fmod(fabs(minus(x, low)), times(2, span));
    return plus(low, folded > span ? minus(times(2, span), folded) : folded);
}
DEV double folded(double x, double n) {
    if (OUTSIDE == 0) return x;
    if (OUTSIDE == 2) x = ALIGN ? mirrored(x, 0, minus(n, 1)) : mirrored(x, -0.5, minus(n, 0.5));
    return between(x, 0, minus(n, 1));
}
DEV double cubicWeight(double x) {
    const double a = -0.75;
    if (x >= 2) return 0;
    return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
}
constexpr int TAPS = MODE == 0 ? 1 : MODE == 1 ? 2 : 4;
//! What is read along one axis.
struct Axis {
    i32 place[TAPS];  // -1: outside
    double weight[TAPS];
};
DEV Axis axisAt(double grid, i32 size) {
    Axis axis;
    const double n = size;
    double x = ALIGN ? times(over(plus(grid, 1), 2), minus(n, 1)) : over(minus(times(plus(grid, 1), n), 1), 2);
    if (MODE != 2) x = folded(x, n);
    const double first = floor(x), t = minus(x, first);
    for (int i = 0; i < TAPS; i++) {
        double place = MODE == 0 ? rint(x) : MODE == 1 ? plus(first, i) : plus(first, i - 1);
        if (MODE == 2) place = folded(place, n);
        const bool there = size > 0 && isfinite(x) && place >= 0 && place < n;
        axis.place[i] = there ? (i32)place : -1;
        axis.weight[i] = MODE == 0   ? 1
                         : MODE == 1 ? (i ? t : 1 - t)
                                     : cubicWeight(i == 0 ? t + 1 : i == 1 ? t : i == 2 ? 1 - t : 2 - t);
    }
    return axis;
}
KERNEL grid_sample(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 q = quotient(i, a.points), point = i - q * a.points.d, n = quotient(q, a.channels);
        const T* grid = a.grid + ((i64)n * a.points.d + point) * SPATIAL;
        const T* x = a.x + q * a.plane;
        Axis axis[SPATIAL];
        // The grid names the last axis first.
        for (int k = 0; k < SPATIAL; k++) axis[k] = axisAt(num(grid[SPATIAL - 1 - k]), a.size[k]);
        double sum = 0;
#pragma unroll 1
        for (int t = 0; t < (SPATIAL == 3 ? TAPS : 1) * TAPS * TAPS; t++) {
            i64 at = 0;
            double weight = 1;
            bool there = true;
            int rest = t;
            i64 step = 1;
#pragma unroll
            for (int k = SPATIAL - 1; k >= 0; k--) {
                const int tap = rest % TAPS;
                rest /= TAPS;
                there = there && axis[k].place[tap] >= 0;
                at += axis[k].place[tap] * step;
                weight *= axis[k].weight[tap];
                step *= a.size[k];
            }
            if (there) sum += weight * (double)num(x[at]);
        }
        put(a.y[i], (float)sum);
    }
}
