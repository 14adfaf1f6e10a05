// SPDX-License-Identifier: Apache-2.0
// How a thread finishes sums in the registers that they were made in: the weights' columns are ordered so that the pairs
// which it has of each 8 columns are neighbours in the result.
constexpr int V = 16 / (int)sizeof(R), SPAN = 4 * V, SPANS = BN / SPAN;  // columns of a thread, of four neighbouring ones

//! Of the upper or lower (`half`) of its rows, 8 apart, in the s-th span.
DEV void finishSpan(const Args& p, const Behind<V>& behind, const Sum* acc, int s, int half, i64 to) {
    float sum[V];
#pragma unroll
    for (int v = 0; v < V; v++) sum[v] = (float)acc[(s * (SPAN / 8) + v / 2) * 4 + half * 2 + v % 2];
    finish<V>(p, behind, sum, to);
}
