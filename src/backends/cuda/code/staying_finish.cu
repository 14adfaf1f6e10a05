// SPDX-License-Identifier: Apache-2.0
// How a thread finishes sums in the registers that they were made in: the weights' columns are ordered so that the pairs
// which it has of each 8 columns are neighbours in the result.
constexpr int V = 16 / (int)sizeof(R), SPAN = 4 * V, SPANS = BN / SPAN;  // columns of a thread, of four neighbouring ones

//! Operands that all tiles share; those of the columns only where they are few. `exponent` is EXPONENT, from memory, lest
//! the compiler know it.
DEV Behind<V> behindAll(const Args& p, int column, const volatile u32* exponent) {
    Behind<V> behind;
    behind.loadNumbers(p);
    if (SPANS == 1) behind.loadVectors(p, column);
    behind.exponent = *exponent;
    return behind;
}
//! Of the s-th span the upper or lower (`half`) of a thread's rows, 8 apart.
DEV Finished<V> finishedSpan(const Args& p, const Behind<V>& behind, const Sum* acc, int s, int half) {
    float sum[V];
#pragma unroll
    for (int v = 0; v < V; v++) sum[v] = (float)acc[(s * (SPAN / 8) + v / 2) * 4 + half * 2 + v % 2];
    return finished<V>(p, behind, sum);
}
DEV void storeSpan(const Args& p, const Finished<V>& y, i64 to, bool there) {
    if (there) *(Finished<V>*)((R*)p.y + to) = y;
}
