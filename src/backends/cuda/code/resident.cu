// SPDX-License-Identifier: Apache-2.0
// Convolutions and products of few rows: all operands of a block lie in shared memory, brought by the tensor copy engine,
// the weights before the wait for the predecessor. The steps of k are dealt to the warps, whose sums meet in shared memory
// and, when blocks share k, in that of a cluster. Written for a small footprint, because a network of many short kernels
// runs with cold instruction caches: one body for products, 3 x 3 windows (pixels are loaded once and shifted), and steps
// of two pixels; loops stay rolled, and a thread finishes one piece of 8 columns. The text in front defines
//   T, R, Sum; BM, BN; WARPS, which share k; SPLIT: 1 when blocks of a cluster share k
// and the functions behind the product (Behind, finish).
struct Args {
    TensorMap a, b;
    void* y;
    const void* extra[EXTRAS];
    i32 M, N;
    i32 mode;                  // 0: rows; 1: 3 x 3 windows one pixel apart; 2: windows two pixels apart
    i32 outW, outH, pad;
    i32 taps, chunks;          // of the window; pieces of 128 bytes of channels that this block takes
    i32 rowsOfTile, tilesOfImage, boxRows, chunkBytes, channels;
    Divisor pixels, width, tiles;  // outH * outW, outW, tilesOfImage
};
constexpr int KE = 128 / (int)sizeof(T), THREADS = WARPS * 32, MT = BM / 16, NT = BN / 8, LD = BN + 4;
