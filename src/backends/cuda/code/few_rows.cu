// SPDX-License-Identifier: Apache-2.0
// Products of few rows with a weight: a warp takes a column, whose weights wait in registers before the predecessor has
// ended, and multiplies them with ROWS rows at a time. The text in front defines
//   T (i8 as well), R, Sum; PIECE: elements of 16 bytes; DEPTH: pieces of a column for each thread; PIECES of a row, STRIDE of the packed
//   weights in elements; ROWS
// and stands in front of the functions behind the product (Behind, finish).
struct Args {
    const T *a, *b;
    void* y;
    const void* extra[EXTRAS];
    i32 M, N;
};
constexpr int THREADS = 128;

DEV void addProducts(float& sum, const Pack<T, PIECE>& x, const Pack<T, PIECE>& w) {
#pragma unroll
    for (int v = 0; v < PIECE; v++) sum += num(x.v[v]) * num(w.v[v]);
}
DEV void addProducts(i32& sum, const Pack<T, PIECE>& x, const Pack<T, PIECE>& w) {
#pragma unroll
    for (int k = 0; k < 4; k++) sum = __dp4a(((const i32*)&x)[k], ((const i32*)&w)[k], sum);
}
