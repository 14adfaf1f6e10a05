// SPDX-License-Identifier: Apache-2.0
// What kernels with one thread for each element of the result share. Their parameter is `a`, with the number of elements
// in `count`.
struct Places {
    u32 rank;
    Divisor dim[8];
};
struct PerDim {
    i64 v[8];
};
#define EACH(i) for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < a.count; i += gridDim.x * blockDim.x)

//! f(dimension, place along it) for element `i`, last dimension first.
template <class F>
DEV void eachDim(const Places& p, u32 i, F f) {
#pragma unroll 1
    for (int d = (int)p.rank - 1; d >= 0; d--) {
        const u32 q = quotient(i, p.dim[d]);
        f(d, (i64)(i - q * p.dim[d].d));
        i = q;
    }
}
//! Place that an index means along an axis of `size` elements, or -1 for none.
DEV i64 wrappedIndex(i64 index, i64 size) {
    const i64 place = index < 0 ? index + size : index;
    return place >= 0 && place < size ? place : -1;
}
// Arithmetic in double that is rounded at each step, as on the host.
DEV double plus(double a, double b) { return __dadd_rn(a, b); }
DEV double minus(double a, double b) { return __dsub_rn(a, b); }
DEV double times(double a, double b) { return __dmul_rn(a, b); }
DEV double over(double a, double b) { return __ddiv_rn(a, b); }
