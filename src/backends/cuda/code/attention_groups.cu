// SPDX-License-Identifier: Apache-2.0
// The products of attention by groups of four warps, on compute capability 9.0 (code/attention_tiles.cu). The text in front
// defines multiplyRows(d, a, b, keep), of 64 rows of queries at a and 64 keys at b, and multiplyHeld(d, a, b), of the
// probabilities that the warps hold and 16 rows of values at b.
constexpr int TOGETHER = 4;
struct Queries {
    u32 at;
    __device__ __forceinline__ void load(u32 qs, int row) { at = qs + row / 64 * 64 * 128; }
};
DEV void beginProducts() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
DEV void endProducts() {
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
}
DEV void multiplyKeys(float (&s)[KEYS / 8][4], const Queries& queries, u32 ks, int) {
    beginProducts();
#pragma unroll
    for (int kk = 0; kk < DEPTH / 16; kk++)
        multiplyRows(s, describe(queries.at + (kk >> 2) * ROWS * 128 + (kk & 3) * 32, 128),
                     describe(ks + (kk >> 2) * KEYS * 128 + (kk & 3) * 32, 128), kk > 0);
    endProducts();
}
DEV void weigh(const u32 (&p)[KEYS / 16][4], float (&out)[VALUES / 8][4], u32 vs, int) {
    beginProducts();
#pragma unroll
    for (int g = 0; g < V_GROUPS; g++)
#pragma unroll
        for (int j = 0; j < KEYS / 16; j++)
            multiplyHeld(*(float (*)[8][4])&out[g * 8], p[j], describe(vs + g * KEYS * 128 + j * 16 * 128, 128));
    endProducts();
}
//! What threads have copied is seen by the products.
DEV void publishCopies() { asm volatile("fence.proxy.async;" ::: "memory"); }
