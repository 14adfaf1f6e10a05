// SPDX-License-Identifier: Apache-2.0
KERNEL __launch_bounds__(THREADS) gate(const __grid_constant__ Args a) {
    extern __shared__ __align__(16) unsigned char memory[];
    float *averages = (float*)memory, *hidden = averages + HIDDEN_AT, *gates = averages + GATES_AT, *sums = averages + SUMS_AT;
    T* kept = (T*)(averages + KEPT_AT);
    const int tid = threadIdx.x, rank = blockIdx.z, piece = tid % OWN, walker = tid / OWN;
    begin();
#if BLOCKS > 1
    arriveRelaxed();
#endif
    Product<PIECES, OWN_HIDDEN> squeeze;
    Product<HIDDEN_PIECES, OWN_CHANNELS> excite;
    squeeze.begin((const T*)a.weights + rank * OWN_HIDDEN * PIECES * V);
    excite.begin((const T*)(a.weights + W2_AT) + rank * OWN_CHANNELS * HIDDEN_PIECES * V);
    const float *b1 = (const float*)(a.weights + B1_AT) + rank * OWN_HIDDEN, *b2 = (const float*)(a.weights + B2_AT) + rank * OWN_CHANNELS;
    const int channel = (rank * OWN + piece) * V;
    const bool walks = walker < WALKERS && channel < CHANNELS;
    const float perPixel = 1.f / (float)a.pixels;
    for (int i = tid; i < BLOCKS * OWN_HIDDEN || i < HIDDEN_PIECES * V; i += THREADS) hidden[i] = 0;
    ready();
#if BLOCKS > 1
    waitCluster();  // the others are there, their memory may be written
#else
    __syncthreads();
#endif
#pragma unroll 1
    for (int image = blockIdx.x; image < a.images; image += gridDim.x) {
        const i64 at = (i64)image * a.pixels * CHANNELS + channel;
        float sum[V];
#pragma unroll
        for (int v = 0; v < V; v++) sum[v] = 0;
        if (walks) {
#pragma unroll 4
            for (int i = walker; i < a.pixels; i += WALKERS) {
                const auto p = *(const Pack<T, V>*)(a.x + at + (i64)i * CHANNELS);
                if (a.keeps) *(Pack<T, V>*)(kept + (i * OWN + piece) * V) = p;
#pragma unroll
                for (int v = 0; v < V; v++) sum[v] += num(p.v[v]);
            }
        }
#pragma unroll
        for (int v = 0; v < V; v++) sums[tid * V + v] = sum[v];
        __syncthreads();
        if (PARTS > 1) {
            const int part = tid / OWN_CHANNELS, own = tid % OWN_CHANNELS;
            float folded = 0;
            if (part < PARTS) {
#pragma unroll 8
                for (int w = part; w < WALKERS; w += PARTS) folded += sums[w * OWN_CHANNELS + own];
            }
            __syncthreads();
            if (part < PARTS) sums[part * OWN_CHANNELS + own] = folded;
            __syncthreads();
        }
        for (int c = tid; c < OWN_CHANNELS; c += THREADS) {
            float all = 0;
#pragma unroll 4
            for (int w = 0; w < (PARTS > 1 ? PARTS : WALKERS); w++) all += sums[w * OWN_CHANNELS + c];
            share(averages + rank * OWN_CHANNELS + c, rounded(all * perPixel));
        }
        meet();
        squeeze.run(averages, [&](int row, float x) {
            float y;
            inner(x + b1[row], y);
            if (rank * OWN_HIDDEN + row < HIDDEN) share(hidden + rank * OWN_HIDDEN + row, rounded(y));
        });
        meet();
        excite.run(hidden, [&](int row, float x) {
            float y;
            outer(x + b2[row], y);
            gates[row] = rounded(y);
        });
        __syncthreads();
        if (!walks) continue;
        float gate[V];
#pragma unroll
        for (int v = 0; v < V; v++) gate[v] = gates[piece * V + v];
#pragma unroll 4
        for (int i = walker; i < a.pixels; i += WALKERS) {
            const i64 to = at + (i64)i * CHANNELS;
            auto p = a.keeps ? *(const Pack<T, V>*)(kept + (i * OWN + piece) * V) : *(const Pack<T, V>*)(a.x + to);
#pragma unroll
            for (int v = 0; v < V; v++) put(p.v[v], num(p.v[v]) * gate[v]);
            *(Pack<T, V>*)(a.y + to) = p;
        }
    }
}
