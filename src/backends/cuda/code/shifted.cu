// SPDX-License-Identifier: Apache-2.0
// Convolutions of few rows with windows of 3 x 3, one or two pixels apart, by the products of whole warp groups on
// operands that lie in shared memory as a whole. Lines of an image lie there once, each with the zeros in front of it,
// which the line before takes for those behind it; so a tap of the window is nothing but the same rows, some places
// further on. Where windows are two pixels apart, pixels of even and odd lines and columns lie by themselves. A tile is a
// number of lines, its rows are places: some of them lie in the zeros, and are not stored. Each 64 rows have groups of warps
// of their own. The text in front defines
//   T (f16, bf16, f8, i8, or f32 to be rounded to tf32), R, Sum; BM, BN; ROW: 128, or 64 bytes of channels in one piece;
//   K_GROUPS: groups of warps that share k, up to 3; SPLIT: 1 when blocks of a cluster share k
//   DEV void multiplyGroup(Sum (&d)[BN / 2], u64 a, u64 b, bool keep): without `keep`, d begins with zeros
// and the functions behind the product (Behind, finish).
struct Args {
    TensorMap a, b;
    void* y;
    const void* extra[EXTRAS];
    i32 M, N;
    i32 chunks;                     // pieces of ROW bytes of channels that this block takes
    i32 outW, outH, lines, stride;  // lines of a tile
    i32 boxes, boxBytes, boxRows;   // of a piece, one for each way in which pixels lie between steps
    Divisor pitch, tiles;           // places of a line; tiles of an image
};
constexpr int WINDOW = 3, TAPS = WINDOW * WINDOW, PAD = 1, DOWN = BM / 64, THREADS = K_GROUPS * DOWN * 128;
constexpr int KE = ROW / (int)sizeof(T), LD = BN + 4, TAP_BYTES = BN * ROW;
constexpr int RECEIVED_BYTES = SPLIT ? (K_GROUPS * BM * LD * 4 + 1023) / 1024 * 1024 : 0;

//! Row of the result that a place of a tile makes; M where it makes none.
DEV int rowAt(const Args& p, int tile, int place) {
    const int line = quotient(place, p.pitch), w = place - line * p.pitch.d, image = quotient(tile, p.tiles),
              h = (tile - image * p.tiles.d) * p.lines + line;
    return w < p.outW && line < p.lines && h < p.outH ? (image * p.outH + h) * p.outW + w : p.M;
}
//! By how much a tap shifts the rows, in pieces of 16 bytes.
DEV u32 shiftOf(const Args& p, int y, int x) {
    const int apart = p.stride - 1, box = ((y & apart) << apart) + (x & apart);
    return box * (p.boxBytes / 16) + ((y >> apart) * p.pitch.d + (x >> apart)) * (ROW / 16);
}
//! What the last line of each of `pieces` takes for the zeros behind it; two pixels apart no line needs such.
DEV void putZeros(const Args& p, unsigned char* a, int pieces) {
    constexpr int EACH = PAD * ROW / 16;
    if (p.stride == 1) {
#pragma unroll 1
        for (int first = 0; first < pieces * EACH; first += THREADS) {
            const int i = first + threadIdx.x;
            if (i < pieces * EACH) *(uint4*)(a + i / EACH * p.boxBytes + p.boxRows * ROW + i % EACH * 16) = make_uint4(0, 0, 0, 0);
        }
    }
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
