// SPDX-License-Identifier: Apache-2.0
// Numbers that say how much each of many parts has found become the first place of each part.
//! `places` gets the sums of all counts in front, and behind them the sum of all. For one block of 1024 threads.
DEV void runningSums(const u32* counts, u32* places, u32 n) {
    __shared__ u32 part[1025];
    const u32 each = (n + 1023) / 1024, from = min((i64)threadIdx.x * each, (i64)n), to = min((i64)from + each, (i64)n);
    u32 sum = 0;
#pragma unroll 1
    for (u32 i = from; i < to; i++) sum += counts[i];
    part[threadIdx.x + 1] = sum;
    __syncthreads();
    if (threadIdx.x == 0) {
        part[0] = 0;
#pragma unroll 1
        for (int t = 1; t <= 1024; t++) part[t] += part[t - 1];
    }
    __syncthreads();
    sum = part[threadIdx.x];
#pragma unroll 1
    for (u32 i = from; i < to; i++) {
        places[i] = sum;
        sum += counts[i];
    }
    if (threadIdx.x == 0) places[n] = part[1024];
}
