// SPDX-License-Identifier: Apache-2.0
// What softmax, normalisations and reductions share: a tensor seen as rows (kept dimensions) of elements (the others).
// A block takes a row, or a thread does where rows are short or lie side by side in memory.
struct Args {
    const void* in[3];  // data, scale, bias
    void* out;
    u32 rows, count;             // rows, and elements of a row
    u32 rowRank, elementRank;
    Divisor rowDim[8], elementDim[8];
    i64 rowStride[4][8], elementStride[4][8];  // of data, scale, bias, output
    float epsilon;
};

//! Where the row or element with this number stands, in operand k.
DEV i64 rowAt(const Args& a, int k, u32 row) {
    i64 at = 0;
#pragma unroll 1
    for (int d = (int)a.rowRank - 1; d >= 0; d--) {
        const u32 q = quotient(row, a.rowDim[d]);
        at += (i64)(row - q * a.rowDim[d].d) * a.rowStride[k][d];
        row = q;
    }
    return at;
}
DEV i64 elementAt(const Args& a, int k, u32 i) {
    if (a.elementRank == 1) return (i64)i * a.elementStride[k][0];
    i64 at = 0;
#pragma unroll 1
    for (int d = (int)a.elementRank - 1; d >= 0; d--) {
        const u32 q = quotient(i, a.elementDim[d]);
        at += (i64)(i - q * a.elementDim[d].d) * a.elementStride[k][d];
        i = q;
    }
    return at;
}
