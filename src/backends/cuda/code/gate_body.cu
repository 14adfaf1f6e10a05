// SPDX-License-Identifier: Apache-2.0
KERNEL __launch_bounds__(THREADS) gate(const __grid_constant__ Args a) {
    extern __shared__ __align__(16) unsigned char memory[];
    float *averages = (float*)memory, *hidden = averages + HIDDEN_AT, *gates = averages + GATES_AT, *sums = averages + SUMS_AT;
    T* kept = (T*)(averages + KEPT_AT);
    const int tid = threadIdx.x, rank = blockIdx.z, piece = tid % OWN, walker = tid / OWN;
    u32 averaged = 0, squeezed = 0, phase = 0;  // barriers
    begin();
#if BLOCKS > 1
    averaged = sharedAddress(averages + BARRIERS_AT);
    squeezed = averaged + 8;
    if (tid < 2) initBarrier(averaged + tid * 8, 1);
    publishBarriers();
    arriveRelaxed();
#endif
    for (int i = tid; i < GATES_AT - HIDDEN_AT; i += THREADS) hidden[i] = 0;
    Product<PIECES, OWN_HIDDEN> squeeze;
    Product<HIDDEN_PIECES, OWN_CHANNELS> excite;
    squeeze.begin((const T*)a.weights + rank * OWN_HIDDEN * PIECES * V);
    excite.begin((const T*)(a.weights + W2_AT) + rank * OWN_CHANNELS * HIDDEN_PIECES * V);
    const float *b1 = (const float*)(a.weights + B1_AT) + rank * OWN_HIDDEN, *b2 = (const float*)(a.weights + B2_AT) + rank * OWN_CHANNELS;
    const int channel = (rank * OWN + piece) * V, count = walker < WALKERS && channel < CHANNELS ? a.pixels : 0;
    const float perPixel = 1.f / (float)a.pixels;
#if BLOCKS > 1
    waitCluster();  // the barriers of the others are there
#endif
    ready();
#pragma unroll 1
    for (int image = blockIdx.x; image < a.images; image += gridDim.x, phase ^= 1) {
        const i64 at = (i64)image * a.pixels * CHANNELS + channel;
        float sum[V];
#pragma unroll
        for (int v = 0; v < V; v++) sum[v] = 0;
        eachPixel(a.x + at, CHANNELS, walker, count, [&](int i, const uint4& p) {
            if (a.keeps) *(uint4*)(kept + (i * OWN + piece) * V) = p;
            float x[V];
            unpack(p, x);
#pragma unroll
            for (int v = 0; v < V; v++) sum[v] += x[v];
        });
#pragma unroll
        for (int v = 0; v < V; v += 4) *(float4*)(sums + tid * V + v) = make_float4(sum[v], sum[v + 1], sum[v + 2], sum[v + 3]);
        __syncthreads();
        if (PARTS > 1) {
            const int part = tid / OWN_CHANNELS, own = tid % OWN_CHANNELS;
            float folded = 0;
            if (part < PARTS) {
#pragma unroll
                for (int w = 0; w < (WALKERS + PARTS - 1) / PARTS; w++)
                    if (part + w * PARTS < WALKERS) folded += sums[(part + w * PARTS) * OWN_CHANNELS + own];
            }
            __syncthreads();
            if (part < PARTS) sums[part * OWN_CHANNELS + own] = folded;
            __syncthreads();
        }
        for (int c = tid; c < OWN_CHANNELS; c += THREADS) {
            float all = 0;
#pragma unroll
            for (int w = 0; w < (PARTS > 1 ? PARTS : WALKERS); w++) all += sums[w * OWN_CHANNELS + c];
            share(averages + rank * OWN_CHANNELS + c, rounded(all * perPixel), averaged);
        }
        meet(averaged, BLOCKS * OWN_CHANNELS, phase);
        squeeze.run(averages, [&](int row, float x) {
            float y;
            inner(x + b1[row], y);
            if (rank * OWN_HIDDEN + row < HIDDEN) share(hidden + rank * OWN_HIDDEN + row, rounded(y), squeezed);
        });
        meet(squeezed, HIDDEN, phase);
        excite.run(hidden, [&](int row, float x) {
            float y;
            outer(x + b2[row], y);
            gates[row] = rounded(y);
        });
        __syncthreads();
        float gate[V];
#pragma unroll
        for (int v = 0; v < V; v++) gate[v] = gates[piece * V + v];
        const auto scale = [&](int i, const uint4& p) {
            float x[V];
            unpack(p, x);
#pragma unroll
            for (int v = 0; v < V; v++) x[v] *= gate[v];
            store(a.y + at + (i64)i * CHANNELS, packed(x));
        };
        if (a.keeps) eachPixel(kept + piece * V, OWN * V, walker, count, scale);
        else eachPixel(a.x + at, CHANNELS, walker, count, scale);
    }
}
