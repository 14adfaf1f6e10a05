// SPDX-License-Identifier: Apache-2.0
// Ramps and random numbers. The text in front defines T, N (double or u64), KIND: 0 ramp, 1 uniform, 2 normal; and A (of
// alpha and beta where the run gives them).
struct Args {
    T* y;
    const A *alphaFrom, *betaFrom;  // null: as below
    u32 count;
    Places places;
    N alpha, beta;
    u64 seed;
};
DEV u64 mix(u64 x) {
    x += 0x9e3779b97f4a7c15ull;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}
DEV double uniform(u64 seed, u64 place) { return (double)(mix(mix(seed) + place) >> 11) * 0x1p-53; }
DEV double add(double a, double b) { return plus(a, b); }
DEV double multiply(double a, double b) { return times(a, b); }
DEV u64 add(u64 a, u64 b) { return a + b; }
DEV u64 multiply(u64 a, u64 b) { return a * b; }
DEV void putNumber(double x, T& to) { put(to, (float)x); }
DEV void putNumber(u64 x, T& to) { put(to, BOOLEAN ? (i64)(x != 0) : (i64)x); }
KERNEL fill(const __grid_constant__ Args a) {
    begin();
    ready();
    const N alpha = a.alphaFrom ? (N)num(a.alphaFrom[0]) : a.alpha;
    EACH(i) {
        N value = alpha;
#if KIND == 0
        PerDim at;
        eachDim(a.places, i, [&](int d, i64 place) { at.v[d] = place; });
        for (u32 d = 0; d < a.places.rank; d++)
            value = add(value, multiply(a.betaFrom ? (N)num(a.betaFrom[d]) : a.beta, (N)at.v[d]));
#else
        const double beta = a.betaFrom ? (double)num(a.betaFrom[0]) : a.beta;
#if KIND == 1
        value = add(alpha, multiply(minus(beta, alpha), uniform(a.seed, i)));
#else
        const double radius = sqrt(times(-2, log(minus(1, uniform(a.seed, 2ull * i)))));
        const double angle = times(times(2, 3.141592653589793), uniform(a.seed, 2ull * i + 1));
        value = add(alpha, multiply(beta, times(radius, cos(angle))));
#endif
#endif
        putNumber(value, a.y[i]);
    }
}
