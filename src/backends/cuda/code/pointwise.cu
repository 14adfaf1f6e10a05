// SPDX-License-Identifier: Apache-2.0
// A scalar program over all elements of the outputs, which are dense; each operand has strides of its own. The
// text in front defines INPUTS, OUTPUTS and
//   template <int V> DEV void elements(const Args& a, const i64* at, u32 chunk): loads, computes and stores V elements.
// Dimensions are those of the outputs in memory order, merged where possible; the last one counts chunks of V.
struct Args {
    const void* in[8];
    void* out[4];
    u32 chunks, rank;
    Divisor dim[8];
    i64 stride[8][8];  // by operand and dimension, in elements
    i32 inner[8];      // 1: the elements of a chunk are neighbours, 0: they are one and the same
};

template <class T, int V>
DEV Pack<T, V> operand(const Args& a, int k, i64 at) {
    const T* from = (const T*)a.in[k] + at;
    if (a.inner[k]) return *(const Pack<T, V>*)from;
    Pack<T, V> p;
    const T x = *from;
#pragma unroll
    for (int v = 0; v < V; v++) p.v[v] = x;
    return p;
}

template <int V>
DEV void elements(const Args& a, const i64* at, u32 chunk);

template <int V>
DEV void walk(const Args& a) {
    begin();
    ready();
    for (u32 chunk = blockIdx.x * blockDim.x + threadIdx.x; chunk < a.chunks; chunk += gridDim.x * blockDim.x) {
        i64 at[INPUTS + 1];
#pragma unroll
        for (int k = 0; k < INPUTS; k++) at[k] = 0;
        u32 rest = chunk;
#pragma unroll 1
        for (int d = (int)a.rank - 1; d >= 0; d--) {
            const u32 q = quotient(rest, a.dim[d]), r = rest - q * a.dim[d].d;
            rest = q;
#pragma unroll
            for (int k = 0; k < INPUTS; k++) at[k] += (i64)r * a.stride[k][d];
        }
        elements<V>(a, at, chunk);
    }
}

KERNEL narrow(const __grid_constant__ Args a) {
    walk<1>(a);
}
KERNEL wide(const __grid_constant__ Args a) {
    walk<WIDTH>(a);
}
