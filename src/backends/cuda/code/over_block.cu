// SPDX-License-Identifier: Apache-2.0
// Sums and maxima over the threads of a block.
//! Of all threads of the block; every thread gets it. `combine` must not depend on the order beyond rounding.
template <class T, class F>
DEV T overBlock(T x, F combine) {
    __shared__ T part[32];
    for (int o = 16; o; o >>= 1) x = combine(x, __shfl_xor_sync(~0u, x, o));
    const int warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
    __syncthreads();
    if ((threadIdx.x & 31) == 0) part[warp] = x;
    __syncthreads();
    x = part[0];
    for (int w = 1; w < warps; w++) x = combine(x, part[w]);
    return x;
}
DEV float blockSum(float x) {
    return overBlock(x, [](float a, float b) { return a + b; });
}
DEV float blockMax(float x) {
    return overBlock(x, [](float a, float b) { return a > b || a != a ? a : b; });
}
