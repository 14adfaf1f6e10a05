// SPDX-License-Identifier: Apache-2.0
// Scales of blocks of elements, by the largest of each; neighbouring threads share a block. The text in front defines
// LANES: how many, LARGEST: number of the narrow type, HAS_ZERO, and
//   DEV void putScale(S& to, double x);
struct ScaleArgs {
    const T* x;
    S* scale;
    const void* second;
    u32 count, inside;  // blocks, elements of each
    Places blocks, within;
    PerDim size, stride;  // of x
};
DEV void putScale(S& to, double x);
DEV u8 powerAbove(double x) {
    const i64 bits = __double_as_longlong(x), power = (bits >> 52) - 1023 + ((bits & 0xfffffffffffffll) != 0) + 127;
    return power < 0 ? 0 : power > 254 ? 254 : (u8)power;
}
//! Size of an element of a block; 0 for those beyond the end of x.
DEV float sizeOf(const ScaleArgs& a, u32 block, u32 i) {
    i64 at = 0;
#pragma unroll 1
    for (int d = (int)a.blocks.rank - 1; d >= 0; d--) {
        const Divisor all = a.blocks.dim[d], own = a.within.dim[d];
        const u32 b = quotient(block, all), e = quotient(i, own);
        const i64 place = (i64)(block - b * all.d) * own.d + (i - e * own.d);
        if (place >= a.size.v[d]) return 0;
        at += place * a.stride.v[d];
        block = b;
        i = e;
    }
    return fabsf(num(a.x[at]));
}
KERNEL scales(const __grid_constant__ ScaleArgs a) {
    begin();
    ready();
    const u32 lane = threadIdx.x % LANES, each = blockDim.x / LANES;
#pragma unroll 1
    for (u32 first = blockIdx.x * each; first < a.count; first += gridDim.x * each) {
        const u32 block = first + threadIdx.x / LANES;
        float most = 0;
#pragma unroll 1
        for (u32 i = lane; i < a.inside && block < a.count; i += LANES) {
            const float size = sizeOf(a, block, i);
            most = size > most ? size : most;
        }
#pragma unroll
        for (int o = LANES / 2; o; o >>= 1) {
            const float other = __shfl_xor_sync(~0u, most, o);
            most = other > most ? other : most;
        }
        if (lane || block >= a.count) continue;
        putScale(a.scale[block], over(over(most, LARGEST), HAS_ZERO ? zeroAt(a.second, 0) : 1.));
    }
}
