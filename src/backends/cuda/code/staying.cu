// SPDX-License-Identifier: Apache-2.0
// Convolutions and products of very many rows whose weights stay in shared memory: a block keeps those of BN columns and
// takes tile after tile of 64 rows. Each of its groups of warps has tiles and a ring of its own, through which one warp
// brings pieces of ROW bytes of k, and behind them what is added to the tile. Nothing else moves, and sums never leave
// the registers that they were made in: the weights' columns are ordered so that a thread has neighbours. The text in
// front defines
//   T (f16, bf16, i8, f8), R (of one or two bytes), Sum; BN, GROUPS, STAGES; ROW: 128, or 64 where that is less to bring
//   DEV void multiplyGroup(Sum (&d)[BN / 2], u64 a, u64 b, bool keep): without `keep`, d begins with zeros
// and the functions behind the product (Behind, finish).
struct Args {
    TensorMap a, b, like;  // rows, weights, and the operand that lies like the result
    void* y;
    const void* extra[EXTRAS];
    i32 M, N;
    i32 windows;               // whether rows are windows of an image
    i32 taps, windowW, chunks; // of the window; pieces of ROW bytes of channels
    i32 strideH, strideW, padH, padW;
    Divisor pixels, width;     // outH * outW, outW
    Divisor across;            // blocks side by side
    i32 tiles;
};
constexpr int KE = ROW / (int)sizeof(T), PIECE = 64 * ROW;
constexpr int THREADS = (GROUPS + 1) * 128;
