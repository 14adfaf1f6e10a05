// SPDX-License-Identifier: Apache-2.0
// Normalisation of rows that lie densely in memory: a warp takes a row and keeps it in registers. The text in front defines
// T, P, RMS, HAS_SCALE, HAS_BIAS and PIECES: how many 16-byte pieces a lane holds.
struct Args {
    const T* x;
    const P *scale, *bias;
    T* y;
    i32 rows, count;
    float epsilon;
};
constexpr int V = 16 / sizeof(T);

template <class E>
DEV void factors(const E* from, int at, float (&to)[V]) {
    constexpr int W = 16 / sizeof(E);
#pragma unroll
    for (int w = 0; w < V; w += W < V ? W : V) {
        const auto p = *(const Pack<E, (W < V ? W : V)>*)(from + at + w);
#pragma unroll
        for (int v = 0; v < (W < V ? W : V); v++) to[w + v] = num(p.v[v]);
    }
}

KERNEL __launch_bounds__(128) norm_rows(const __grid_constant__ Args a) {
    begin();
    const int row = blockIdx.x * 4 + (threadIdx.x >> 5), lane = threadIdx.x & 31;
    ready();
    if (row >= a.rows) return;
    const T* x = a.x + (i64)row * a.count;
    float v[PIECES][V], mean = 0, square = 0;
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
        const int at = (p * 32 + lane) * V;
        if (at < a.count) {
            const auto piece = *(const Pack<T, V>*)(x + at);
#pragma unroll
            for (int i = 0; i < V; i++) v[p][i] = num(piece.v[i]);
        } else {
#pragma unroll
            for (int i = 0; i < V; i++) v[p][i] = 0;
        }
#pragma unroll
        for (int i = 0; i < V; i++) mean += v[p][i];
    }
    mean = RMS ? 0.f : warpSum(mean) / (float)a.count;
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
        if ((p * 32 + lane) * V >= a.count) continue;
#pragma unroll
        for (int i = 0; i < V; i++) {
            v[p][i] -= mean;
            square += v[p][i] * v[p][i];
        }
    }
    const float factor = rsqrtf(warpSum(square) / (float)a.count + a.epsilon);
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
        const int at = (p * 32 + lane) * V;
        if (at >= a.count) continue;
        float scale[V], bias[V];
        if (HAS_SCALE) factors(a.scale, at, scale);
        if (HAS_BIAS) factors(a.bias, at, bias);
        Pack<T, V> out;
#pragma unroll
        for (int i = 0; i < V; i++) {
            float r = v[p][i] * factor;
            if (HAS_SCALE) r *= scale[i];
            if (HAS_BIAS) r += bias[i];
            put(out.v[i], r);
        }
        *(Pack<T, V>*)(a.y + (i64)row * a.count + at) = out;
    }
}
