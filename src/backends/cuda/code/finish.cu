// SPDX-License-Identifier: Apache-2.0
//! An operand behind a product: V neighbours along the columns.
template <class E, int V>
DEV Pack<E, V> extra(const Args& a, int k, i64 yAt, i64 column, i64 row) {
    const E* from = (const E*)a.extra[k];
    const i32 kind = a.extraKind[k];
    if (kind == 1) return *(const Pack<E, V>*)(from + column);
    if (kind == 2) return *(const Pack<E, V>*)(from + yAt);
    Pack<E, V> p;
    const E x = from[kind == 3 ? row : 0];
#pragma unroll
    for (int v = 0; v < V; v++) p.v[v] = x;
    return p;
}
