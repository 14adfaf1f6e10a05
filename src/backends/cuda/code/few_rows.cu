// SPDX-License-Identifier: Apache-2.0
// Products of few rows with a weight: a warp takes a column, whose weights wait in registers before the predecessor has
// ended, and multiplies them with ROWS rows at a time. The text in front defines
//   T, R; PIECE: elements of 16 bytes; DEPTH: pieces of a column for each thread; PIECES of a row, STRIDE of the packed
//   weights in elements; ROWS
// and stands in front of the functions behind the product (Behind, finish).
struct Args {
    const T *a, *b;
    void* y;
    const void* extra[6];
    i32 M, N;
};
constexpr int THREADS = 128;
