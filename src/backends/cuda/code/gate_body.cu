// SPDX-License-Identifier: Apache-2.0
//! Adds up what the threads of a block have of its channels: use(channel, sum).
template <class Use>
DEV void foldChannels(float* sums, const float (&sum)[V], const Use& use) {
    const int tid = threadIdx.x;
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
        use(c, all);
    }
}

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
    for (int i = tid; i < IMAGES * (AVERAGES - BLOCKS * OWN_CHANNELS); i += THREADS)
        averages[i % IMAGES * AVERAGES + BLOCKS * OWN_CHANNELS + i / IMAGES] = 0;
    Product<CHANNELS, OWN_HIDDEN> squeeze;
    Product<HIDDEN, OWN_CHANNELS> excite;
    squeeze.begin((const T*)(a.weights + rank * (W2_AT / BLOCKS)));
    const T* exciting = (const T*)(a.weights + W2_AT + rank * ((B1_AT - W2_AT) / BLOCKS));
    // Not all weights have room beside the pixels.
    constexpr bool LATE = squeeze.KEPT + excite.KEPT > 16;
    if (!LATE) excite.begin(exciting);
    const float *b1 = (const float*)(a.weights + B1_AT) + rank * OWN_HIDDEN, *b2 = (const float*)(a.weights + B2_AT) + rank * OWN_CHANNELS;
    const int channel = (rank * OWN + piece) * V;
    const bool walks = walker < WALKERS && channel < CHANNELS;
    const float perPixel = 1.f / (float)a.pixels;
#if BLOCKS > 1
    waitCluster();  // the barriers of the others are there
#endif
    ready();
#pragma unroll 1
    for (int first = blockIdx.x * IMAGES; first < a.images; first += gridDim.x * IMAGES, phase ^= 1) {
        const i64 at = (i64)first * a.pixels * CHANNELS + channel, apart = (i64)a.pixels * CHANNELS;
#pragma unroll 1
        for (int image = 0; image < IMAGES; image++) {
            const int count = walks && first + image < a.images ? a.pixels : 0;
            float sum[V];
#pragma unroll
            for (int v = 0; v < V; v++) sum[v] = 0;
            eachPixel(a.x + at + image * apart, CHANNELS, walker, count, [&](int i, const uint4& p) {
                if (a.keeps) *(uint4*)(kept + ((image * a.pixels + i) * OWN + piece) * V) = p;
                float x[V];
                unpack(p, x);
#pragma unroll
                for (int v = 0; v < V; v++) sum[v] += x[v];
            });
            if (image > 0) __syncthreads();  // the sums of the last image have been read
            foldChannels(sums, sum, [&](int c, float all) {
                share(averages + image * AVERAGES + rank * OWN_CHANNELS + c, rounded(all * perPixel), averaged);
            });
        }
        if (LATE) excite.begin(exciting);
        meet(averaged, IMAGES * BLOCKS * OWN_CHANNELS, phase);
        squeeze.run(averages, AVERAGES, sums, [&](int row, int image, float x) {
            float y;
            inner(x + b1[row], y);
            const int at = rank * OWN_HIDDEN + row;
            if (at < HIDDEN) share(hidden + image * HIDDENS + at, rounded(y), squeezed);
        });
        meet(squeezed, IMAGES * HIDDEN, phase);
        excite.run(hidden, HIDDENS, sums, [&](int row, int image, float x) {
            float y;
            outer(x + b2[row], y);
            gates[image * OWN_CHANNELS + row] = rounded(y);
        });
        __syncthreads();
#pragma unroll 1
        for (int image = 0; image < IMAGES; image++) {
            const int count = walks && first + image < a.images ? a.pixels : 0;
            float gate[V];
#pragma unroll
            for (int v = 0; v < V; v++) gate[v] = gates[image * OWN_CHANNELS + piece * V + v];
            T* to = a.y + at + image * apart;
            const auto scale = [&](int i, const uint4& p) {
                float x[V];
                unpack(p, x);
#pragma unroll
                for (int v = 0; v < V; v++) x[v] *= gate[v];
                store(to + (i64)i * CHANNELS, packed(x));
            };
            if (a.keeps) eachPixel(kept + (image * a.pixels * OWN + piece) * V, OWN * V, walker, count, scale);
            else eachPixel(a.x + at + image * apart, CHANNELS, walker, count, scale);
        }
    }
}
