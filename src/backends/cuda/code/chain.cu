// SPDX-License-Identifier: Apache-2.0
// Convolutions, each of which reads what the one in front of it makes, in one kernel: a block takes parts of some lines of
// an image through all of them (chain_link.cu), and the pixels stay in shared memory. The products are swapped: their 64
// rows are channels, their columns the WIDE pixels of a line, of which DOWN are taken by other groups of warps. ACROSS
// groups share the channels of a line. One warp brings the weights of all links through one ring (blocks of a cluster
// bring a part each, for all of them), another one the pixels. The first link's window is in shared memory once, so a tap
// of it is nothing but the same pixels some places further on. A link's result lies as the next link reads it, where the
// operand that lies like it has been. A convolution of single pixels beside the links, whose result is the operand of one
// of them, is computed first, and leaves it there.
//
// The text in front defines T and Sum; WIDE, BN (columns of a product, WIDE or more), PIXELS (places of a line of a result),
// DOWN, ACROSS, STAGES, CLUSTER; MOST_LINKS, behind which stands what is beside them; of the first link's window PAD (pixels around one) and STRIDE; HALO:
// more lines, and places of a line, than the result has, where its pixels are brought, and PLANE_BYTES of them; THREADS;
// multiplyGroup() as in wgmma.cu.
constexpr int STEPS = (WIDE + 7) / 8;  // of pixels that are finished together
constexpr int GROUPS = DOWN * ACROSS, STAGE_BYTES = ACROSS * 64 * 128;
constexpr int FULL = 0, EMPTY = 128, LINES = 256, LIKE = 264, RING_AT = 1024;  // in shared memory
constexpr int BESIDE_LINES = LIKE + MOST_LINKS * 8;
constexpr int WINDOW_PITCH = WIDE + HALO, WINDOW_ROWS = WINDOW_PITCH * (DOWN + HALO);

//! Operands behind a link's product.
struct LinkArgs {
    void* y;
    const void* extra[EXTRAS];
};
struct ChainArgs {
    TensorMap a, b[MOST_LINKS], like[MOST_LINKS], y[MOST_LINKS];
    LinkArgs link[MOST_LINKS];
    Divisor along, tiles;  // parts of a line; tiles of an image
    TensorMap besideImage, besideWeights;
    LinkArgs beside;
};

struct Ring {
    u32 at = 0, phase = 0;
    __device__ __forceinline__ void next() {
        if (++at == STAGES) at = 0, phase ^= 1;
    }
};
//! The part of an image that a block takes, from here on.
struct Corner {
    int w, h, image;
};
DEV Corner cornerOf(const ChainArgs& p) {
    const int tile = blockIdx.x * CLUSTER + blockIdx.z, image = quotient(tile, p.tiles),
              rest = tile - image * p.tiles.d, line = quotient(rest, p.along);
    return {(rest - line * (int)p.along.d) * WIDE, line * DOWN, image};
}
//! Four matrices of 8 x 8 pairs of bytes, whose rows lie at the lanes' addresses and are columns of what threads have.
DEV void loadTurned(u32 (&r)[4], u32 from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(from)
                 : "memory");
}
DEV void storeTurned(u32 to, const u32 (&r)[4]) {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(to), "r"(r[0]), "r"(r[1]),
                 "r"(r[2]), "r"(r[3])
                 : "memory");
}
//! What a group of warps is, and where it is in the ring.
struct Worker {
    u32 base;
    int down, across, warp, lane;
    Corner corner;
    Ring ring;
};
//! A stage of the ring that a group has multiplied, to all who bring something into it.
DEV void giveBack(u32 empty, const Worker& w) {
    if (w.warp != 0 || w.lane >= CLUSTER) return;
    if (CLUSTER > 1) arriveInCluster(addressIn(empty, w.lane));
    else arriveAt(empty);
}
