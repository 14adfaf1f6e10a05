// SPDX-License-Identifier: Apache-2.0
//! An operand behind a product, V neighbours along the columns. KIND: 0 one number, 1 by column, 2 like the result, 3 by
//! row.
template <class E, int V, int KIND>
DEV Pack<E, V> extra(const Args& a, int k, i64 yAt, i64 column, i64 row) {
    const E* from = (const E*)a.extra[k];
    if (KIND == 1 || KIND == 2) return *(const Pack<E, V>*)(from + (KIND == 1 ? column : yAt));
    Pack<E, V> p;
    const E x = from[KIND == 3 ? row : 0];
#pragma unroll
    for (int v = 0; v < V; v++) p.v[v] = x;
    return p;
}
