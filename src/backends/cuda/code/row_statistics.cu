// SPDX-License-Identifier: Apache-2.0
// Statistics of rows, mean and squared distances of each 32 columns (ops::RowStatistics): what finishes a product leaves
// them, what reads the rows normalised makes a mean and a factor of them. Neighbouring threads share a row: four have
// 8 columns each of 32 that they finish, a few read a row's statistics together.
DEV u32 threadsOfRow(int share) { return (u32)((1ull << share) - 1) << (threadIdx.x & (32 - share)); }

//! Sum of neighbours, in a tree.
template <int V>
DEV float sumOf(float (&x)[V]) {
#pragma unroll
    for (int o = 1; o < V; o *= 2)
#pragma unroll
        for (int v = 0; v + o < V; v += 2 * o) x[v] += x[v + o];
    return x[0];
}
//! Of the numbers that this thread and its neighbours have finished, V each. Statistics of as many numbers are joined.
template <int V>
DEV void leaveStatistics(float2* to, const Kept<R, V>& y, i64 yAt) {
    float x[V], squares[V];
#pragma unroll
    for (int v = 0; v < V; v++) x[v] = num(y.at(v));
    float mean = sumOf(x) * (1.f / V);
#pragma unroll
    for (int v = 0; v < V; v++) {
        const float distance = num(y.at(v)) - mean;
        squares[v] = distance * distance;
    }
    float square = sumOf(squares);
#pragma unroll
    for (int o = 1; o < 32 / V; o *= 2) {
        const u32 threads = threadsOfRow(32 / V);
        const float other = __shfl_xor_sync(threads, mean, o), apart = mean - other;
        square += __shfl_xor_sync(threads, square, o) + apart * apart * (.5f * V * o);
        mean = (mean + other) * .5f;
    }
    if (threadIdx.x % (32 / V) == 0) to[yAt >> 5] = make_float2(mean, square);
    // Places that a thread finishes one after the other would take more registers than there are if they were mixed.
    asm volatile("" ::: "memory");
}

//! Sum over the threads that share a row.
template <int SHARE>
DEV float sumOfRow(float x) {
#pragma unroll
    for (int o = 1; o < SHARE; o *= 2) x += __shfl_xor_sync(threadsOfRow(SHARE), x, o);
    return x;
}
//! What SHARE threads read of a row's statistics, before they need it. Means of parts are added up as distances from the
//! first one. Where a row has many parts, they are added up at once.
template <int SHARE, int PARTS, bool RMS>
struct RowParts {
    static constexpr int COUNT = (PARTS / 2 + SHARE - 1) / SHARE;
    static constexpr bool WAITS = COUNT <= 8;
    float4 kept[WAITS ? COUNT : 1];
    float first, sum, square;

    __device__ __forceinline__ void add(float4 p) {
        const float d = p.x - first, e = p.z - first;
        sum += d + e;
        square += p.y + p.w + 32 * (d * d + e * e);
    }
    __device__ __forceinline__ void load(const float* statistics, i64 row) {
        const float4* parts = (const float4*)(statistics + row * (2 * PARTS));
        const int share = threadIdx.x % SHARE;
        first = RMS ? 0.f : statistics[row * (2 * PARTS)];
        sum = square = 0;
        if constexpr (WAITS) {
#pragma unroll
            for (int i = 0; i < COUNT; i++)
                kept[i] = i * SHARE + share < PARTS / 2 ? parts[i * SHARE + share] : float4{first, 0, first, 0};
        } else {
#pragma unroll 8
            for (int i = share; i < PARTS / 2; i += SHARE) add(parts[i]);
        }
    }
    __device__ __forceinline__ float2 factors(float epsilon) {
        if constexpr (WAITS) {
#pragma unroll
            for (int i = 0; i < COUNT; i++) add(kept[i]);
        }
        const float mean = sumOfRow<SHARE>(sum) * (1.f / PARTS);
        const float variance = sumOfRow<SHARE>(square) * (1.f / (32 * PARTS)) - (RMS ? 0.f : mean * mean);
        return make_float2(RMS ? 0.f : first + mean, rsqrtf((variance > 0 ? variance : 0) + epsilon));
    }
};
