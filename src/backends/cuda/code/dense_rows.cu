// SPDX-License-Identifier: Apache-2.0
// Rows that lie densely in memory, one behind the other.
struct Args {
    const T* x;
    const P *scale, *bias;
    T* y;
    i32 rows, count;
    float epsilon;
};

DEV void bringRow(Row& to, const Args& a, int row) {
    const T* x = a.x + (i64)row * a.count;
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
        const int at = (p * 32 + (threadIdx.x & 31)) * V;
        to.piece[p] = at < a.count ? *(const Row::Piece*)(x + at) : Row::Piece{};
    }
}
