// SPDX-License-Identifier: Apache-2.0
// Rows that are made number by number of the rows of operands, each of which may be the same for several rows, or be
// picked out of a table by an index; an index outside gives zeros. The text in front (elements.cu among it) defines also OPERANDS, KEEPS (1: the
// rows themselves are stored, too), and behind this text follow
//   DEV void pickRows(const Args& a, i64 (&at)[OPERANDS]): where picked rows begin, or -1, for where their index lies
//   DEV Pack<T, V> makePiece(const Args& a, const i64 (&at)[OPERANDS], int column)
struct Args {
    const void *in[6], *index[6];
    T* made;
    const P *scale, *bias;
    T* y;
    i32 rows, count;
    float epsilon;
    Places places;     // of rows
    PerDim stride[6];  // of an operand, or of its indices, over their dimensions
    i32 size[6];       // rows of a table
};

template <class I>
DEV i64 pickedRow(const Args& a, int k, i64 at) {
    const i64 place = wrappedIndex((i64)((const I*)a.index[k])[at], a.size[k]);
    return place < 0 ? -1 : place * a.count;
}
//! V numbers of an operand of type E, which has one for each column, or one for all (SAME).
template <class E, bool SAME>
DEV Pack<E, V> pieceOf(const Args& a, int k, i64 at, int column) {
    Pack<E, V> p = {};
    if (at < 0) return p;
    const E* from = (const E*)a.in[k] + at;
    if (!SAME) return *(const Pack<E, V>*)(from + column);
#pragma unroll
    for (int v = 0; v < V; v++) p.v[v] = *from;
    return p;
}

DEV void pickRows(const Args& a, i64 (&at)[OPERANDS]);
DEV Pack<T, V> makePiece(const Args& a, const i64 (&at)[OPERANDS], int column);

DEV void bringRow(Row& to, const Args& a, int row) {
    i64 at[OPERANDS] = {};
    eachDim(a.places, row, [&](int d, i64 place) {
#pragma unroll
        for (int k = 0; k < OPERANDS; k++) at[k] += place * a.stride[k].v[d];
    });
    pickRows(a, at);
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
        to.piece[p] = {};
        const int column = (p * 32 + (threadIdx.x & 31)) * V;
        if (column >= a.count) continue;
        const Pack<T, V> made = makePiece(a, at, column);
        memcpy(&to.piece[p], &made, sizeof made);
        if (KEEPS) *(Pack<T, V>*)(a.made + (i64)row * a.count + column) = made;
    }
}
