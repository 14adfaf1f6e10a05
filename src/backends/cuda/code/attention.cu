// SPDX-License-Identifier: Apache-2.0
// Attention without the matrix of scores: a warp takes a query row, each lane a key of 32 at a time, then a part of the
// columns of the values. The text in front defines T, M (of the mask; u8: true may attend), HAS_MASK, and COLUMNS: how
// many columns of the values a lane holds. Causal: 1 upper left, 2 lower right.
KERNEL __launch_bounds__(128) attention(const __grid_constant__ Args a) {
    extern __shared__ float memory[];  // a query row and 32 probabilities for each warp
    begin();
    ready();
    const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, row = blockIdx.x * 4 + warp;
    const int head = blockIdx.y, batch = blockIdx.z;
    if (row >= a.queries) return;
    const T* q = a.q + batch * a.qStride[0] + head * a.qStride[1] + row * a.qStride[2];
    const T* k = a.k + batch * a.kStride[0] + head / a.group * a.kStride[1];
    const T* v = a.v + batch * a.vStride[0] + head / a.group * a.vStride[1];
    float* query = memory + warp * (a.depth + 32);
    float* weights = query + a.depth;
    for (int d = lane; d < a.depth; d += 32) query[d] = num(q[d]) * a.scale;
    __syncwarp();
    float sum = 0, top = -__int_as_float(0x7f800000), acc[COLUMNS];
#pragma unroll
    for (int c = 0; c < COLUMNS; c++) acc[c] = 0;
    const int last = a.causal == 1 ? row : a.causal == 2 ? row + a.keys - a.queries : a.keys - 1;
    const int end = last + 1 < a.keys ? last + 1 : a.keys;
#pragma unroll 1
    for (int first = 0; first < end; first += 32) {
        const int key = first + lane;
        float score = -__int_as_float(0x7f800000);
        if (key < end) {
            const T* from = k + key * a.kStride[2];
            float dot = 0;
#pragma unroll 4
            for (int d = 0; d < a.depth; d++) dot += query[d] * num(from[d]);
            score = dot;
            if (HAS_MASK) {
                const M m = ((const M*)a.mask)[batch * a.maskStride[0] + head * a.maskStride[1] + row * a.maskStride[2] +
                                               key * a.maskStride[3]];
                score = masked(score, maskTerm(m, 1.f));
            }
        }
        const float next = fmaxf(top, warpMax(score));
        const float dead = -__int_as_float(0x7f800000);
        const float shrink = next == dead ? 1.f : expf(top - next), weight = next == dead ? 0.f : expf(score - next);
        top = next;
        sum = sum * shrink + warpSum(weight);
        weights[lane] = weight;
        __syncwarp();
        const int there = end - first < 32 ? end - first : 32;
#pragma unroll
        for (int c = 0; c < COLUMNS; c++) {
            const int column = c * 32 + lane;
            acc[c] *= shrink;
            if (column >= a.valueDepth) continue;
            for (int j = 0; j < there; j++) acc[c] += weights[j] * num(v[(first + j) * a.vStride[2] + column]);
        }
        __syncwarp();
    }
    T* y = a.y + batch * a.yStride[0] + head * a.yStride[1] + row * a.yStride[2];
    const float factor = sum > 0 ? 1.f / sum : sum == 0 ? 0.f : sum;
#pragma unroll
    for (int c = 0; c < COLUMNS; c++)
        if (c * 32 + lane < a.valueDepth) put(y[c * 32 + lane], acc[c] * factor);
}
