// SPDX-License-Identifier: Apache-2.0
// Convolutions and products of many rows with the products of whole warp groups: one warp brings pieces of ROW bytes of k
// for rows and columns through a ring, groups of warps multiply, all of them finish. Windows come from the copy
// engine. Blocks of a cluster may share k. The text in front defines
//   T (f16, bf16, f8, i8, or f32 to be rounded to tf32), R, Sum; BM, BN, STAGES; ROW: 128, or 64 where that is less to
//   bring; THREADS; BY_ROW: whether operands behind the product differ from row to row
//   DEV void multiplyGroup(Sum (&d)[BN / 2], u64 a, u64 b, bool keep): without `keep`, d begins with zeros
// SWAPPED (1 where a tile has few rows, which are the columns of a product then; d has BM / 2 sums); TURNS (0 but in the
// loop); SPLIT (1 when blocks of a cluster share k); MEAN (1 where a tile is an image of p.pixels.d rows, and putMean()
// stores the mean of what is finished); for the loop RESIDENT (blocks of a multiprocessor), WIDE (columns that a warp
// finishes at once) and WHOLE_COLUMNS (1 when all columns of each tile are inside); and the functions behind the product
// (Behind, finish).
struct Args {
    TensorMap a, b;
    void* y;
    const void* extra[EXTRAS];
    i32 M, N;
    i32 windows;               // whether rows are windows of an image
    i32 taps, windowW, chunks; // of the window; pieces of ROW bytes of channels
    i32 strideH, strideW, padH, padW;
    Divisor pixels, width, chunksOf, lineOf;  // outH * outW, outW, chunks, windowW
    Divisor lineOfTiles;                      // for the loop over tiles: how many follow each other along a side
    i32 works, rowsFirst;                     // tiles in all; whether that side is the rows'
};
constexpr int KE = ROW / (int)sizeof(T), GROUPS = TURNS ? 2 : (SWAPPED ? BN : BM) / 64, LD = BN + 4, STAGE_BYTES = (BM + BN) * ROW;
