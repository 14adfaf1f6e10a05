// SPDX-License-Identifier: Apache-2.0
// The products of attention by the tensor cores of single warps (code/attention_tiles.cu).
constexpr int TOGETHER = 1;
DEV void loadTransposed(u32 (&r)[4], u32 address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(address));
}
struct Queries {
    u32 q[DEPTH / 16][4];
    //! The warp's 16 rows.
    __device__ __forceinline__ void load(u32 qs, int row) {
#pragma unroll
        for (int kk = 0; kk < DEPTH / 16; kk++)
            loadFragments(q[kk],
                          qs + (kk >> 2) * ROWS * 128 + swizzled(row + (lane() & 15), (kk & 3) * 2 + (lane() >> 4)));
    }
};
DEV void multiplyKeys(float (&s)[KEYS / 8][4], const Queries& queries, u32 ks, int groups) {
#pragma unroll
    for (int j = 0; j < KEYS / 8; j++) s[j][0] = s[j][1] = s[j][2] = s[j][3] = 0.f;
    const auto product = [&](int j, int kk) {
        u32 f[4];
        loadFragments(f, ks + (kk >> 2) * KEYS * 128 +
                             swizzled(j * 16 + (lane() & 7) + ((lane() >> 4) << 3), (kk & 3) * 2 + ((lane() >> 3) & 1)));
        multiply(s[2 * j], queries.q[kk], f[0], f[1], T());
        multiply(s[2 * j + 1], queries.q[kk], f[2], f[3], T());
    };
#pragma unroll
    for (int kk = 0; kk < DEPTH / 16; kk++)
#pragma unroll
        for (int j = 0; j < KEYS / 16; j += 2) {
            if (j >= groups) break;
            product(j, kk);
            product(j + 1, kk);
        }
}
DEV void weigh(const u32 (&p)[KEYS / 16][4], float (&out)[VALUES / 8][4], u32 vs, int groups) {
    const auto add = [&](int j) {
#pragma unroll
        for (int d = 0; d < VALUES / 16; d++) {
            u32 f[4];
            loadTransposed(f, vs + (d >> 2) * KEYS * 128 + swizzled(j * 16 + (lane() & 15), (d & 3) * 2 + (lane() >> 4)));
            multiply(out[2 * d], p[j], f[0], f[1], T());
            multiply(out[2 * d + 1], p[j], f[2], f[3], T());
        }
    };
#pragma unroll
    for (int j = 0; j < KEYS / 16; j += 2) {
        if (j >= groups) break;
        add(j);
        add(j + 1);
    }
}
DEV void publishCopies() {}
