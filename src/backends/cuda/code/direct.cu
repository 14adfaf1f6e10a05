// SPDX-License-Identifier: Apache-2.0
// Products of rows of few bytes and 1x1 convolutions, where what takes time is that one thing waits for another: each
// thread loads what its fragments need of the rows, and operands like the result, straight into registers as soon as the
// predecessor has ended, all at once. Weights wait in shared memory, as fragments. Rows are taken in chunks of 64 bytes of
// k, of which four threads have 16 bytes each: two steps of the tensor cores, whose order of k does not matter as long as
// weights have the same. The text in front defines
//   T, R, Sum; CHUNKS (of a row); NT: products of 8 columns side by side in a warp; DEEP: of 16 rows, one after the other;
//   DOWN, ACROSS: warps of a block; EARLY: whether nobody writes the operands by column
// and the functions behind the product (Behind, finish).
struct Args {
    const void *a, *b;
    void* y;
    const void* extra[EXTRAS];
    i32 M, N;
    i32 strided;               // whether pixels are left out
    i32 strideH, strideW, inH, inW;
    Divisor pixels, width;     // outH * outW, outW
};
constexpr int ROW = CHUNKS * 64, V = NT * 2, BM = DOWN * DEEP * 16, BN = ACROSS * NT * 8, THREADS = DOWN * ACROSS * 32;
//! Whether a warp keeps its weights in registers from before the predecessor's end.
constexpr bool HOLDS = DEEP > 1 && NT * CHUNKS <= 8;
