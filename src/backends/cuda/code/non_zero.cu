// SPDX-License-Identifier: Apache-2.0
// Coordinates of the elements that are not zero, in their order. A block has 1024 elements, a thread 4: `count` finds
// how many of them each block has, `places` where they go, and `write` puts them there. The text in front defines T and
// O (of coordinates).
struct Args {
    const T* x;
    O* y;
    u32 *counts, *starts;
    u32 count, blocks, found;
    Places places;
};
constexpr u32 EACH_THREAD = 4;
//! Bit k: this thread's element k is not zero.
DEV u32 foundBits(const Args& a) {
    const u32 first = (blockIdx.x * blockDim.x + threadIdx.x) * EACH_THREAD;
    u32 bits = 0;
#pragma unroll
    for (u32 k = 0; k < EACH_THREAD; k++)
        if (first + k < a.count && num(a.x[first + k]) != 0) bits |= 1u << k;
    return bits;
}
//! How many those in front of this thread in its block have found, and in `all` how many the block has.
DEV u32 foundBefore(u32 mine, u32& all) {
    __shared__ u32 part[8];
    const u32 lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    u32 sum = mine;
    for (u32 o = 1; o < 32; o *= 2) {
        const u32 other = __shfl_up_sync(~0u, sum, o);
        if (lane >= o) sum += other;
    }
    if (lane == 31) part[warp] = sum;
    __syncthreads();
    u32 before = sum - mine;
    all = 0;
    for (u32 w = 0; w < 8; w++) {
        if (w < warp) before += part[w];
        all += part[w];
    }
    return before;
}
KERNEL __launch_bounds__(256) count(const __grid_constant__ Args a) {
    begin();
    ready();
    u32 all;
    foundBefore(__popc(foundBits(a)), all);
    if (threadIdx.x == 0) a.counts[blockIdx.x] = all;
}
KERNEL __launch_bounds__(1024) places(const __grid_constant__ Args a) {
    begin();
    ready();
    runningSums(a.counts, a.starts, a.blocks);
}
KERNEL __launch_bounds__(256) write(const __grid_constant__ Args a) {
    begin();
    ready();
    const u32 bits = foundBits(a), first = (blockIdx.x * blockDim.x + threadIdx.x) * EACH_THREAD;
    u32 all, at = foundBefore(__popc(bits), all) + a.starts[blockIdx.x];
#pragma unroll 1
    for (u32 k = 0; k < EACH_THREAD; k++) {
        if (!(bits >> k & 1)) continue;
        eachDim(a.places, first + k, [&](int d, i64 place) { put(a.y[(i64)d * a.found + at], place); });
        at++;
    }
}
