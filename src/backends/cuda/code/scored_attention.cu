// SPDX-License-Identifier: Apache-2.0
// Attention that keeps all scores of a row: a block takes a query row, a warp one key after the other. Slow, and takes
// what the other kernels do not: scores without softmax, quantized probabilities, columns in any order, many of them. The
// text in front defines T, M (of the mask; u8: true may attend), HAS_MASK, SOFTMAX, QUANTIZED, S (of the scale) and
// DEV float rounded(float x), which rounds to the narrow type. Causal: 1 upper left, 2 lower right.
KERNEL __launch_bounds__(128) scored_attention(const __grid_constant__ Args a) {
    extern __shared__ float query[];  // and behind it the scores
    float* weights = query + a.depth;
    begin();
    ready();
    const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31;
    const i64 row = blockIdx.x, head = blockIdx.y, batch = blockIdx.z;
    const T* q = a.q + batch * a.qStride[0] + head * a.qStride[1] + row * a.qStride[2];
    const T* k = a.k + batch * a.kStride[0] + head / a.group * a.kStride[1];
    const T* v = a.v + batch * a.vStride[0] + head / a.group * a.vStride[1];
    for (int d = threadIdx.x; d < a.depth; d += 128) query[d] = num(q[d * a.column[0]]);
    __syncthreads();
    const float dead = -__int_as_float(0x7f800000);
    const i64 end = a.causal == 1 ? row + 1 : a.causal == 2 ? row + 1 + a.keys - a.queries : a.keys;
#pragma unroll 1
    for (int key = warp; key < a.keys; key += 4) {
        float score = 0;
        for (int d = lane; d < a.depth; d += 32) score += query[d] * num(k[key * a.kStride[2] + d * a.column[1]]);
        score = warpSum(score) * a.scale;
        if (HAS_MASK) {
            const M m = ((const M*)a.mask)[batch * a.maskStride[0] + head * a.maskStride[1] + row * a.maskStride[2] +
                                           key * a.maskStride[3]];
            score = masked(score, maskTerm(m, 1.f));
        }
        if (lane == 0) weights[key] = key < end ? score : dead;
    }
    __syncthreads();
#if SOFTMAX
    float top = dead, sum = 0;
    for (int key = threadIdx.x; key < a.keys; key += 128) top = fmaxf(top, weights[key]);
    top = blockMax(top);
    for (int key = threadIdx.x; key < a.keys; key += 128) {
        weights[key] = top == dead ? 0.f : expf(weights[key] - top);
        sum += weights[key];
    }
    sum = blockSum(sum);
#endif
    for (int key = threadIdx.x; key < a.keys; key += 128) {
        float weight = weights[key];
#if SOFTMAX
        weight = sum == 0 ? 0.f : weight / sum;
#else
        if (weight == dead) weight = 0;
#endif
#if QUANTIZED
        const float step = num(((const S*)a.quantizer)[0]);
        if (step != 0) weight = rounded(weight / step) * step;
#endif
        weights[key] = weight;
    }
    __syncthreads();
    T* y = a.y + batch * a.yStride[0] + head * a.yStride[1] + row * a.yStride[2];
    for (int e = threadIdx.x; e < a.valueDepth; e += 128) {
        float out = 0;
#pragma unroll 4
        for (int key = 0; key < a.keys; key++) out += weights[key] * num(v[key * a.vStride[2] + e * a.column[2]]);
        put(y[e * a.column[3]], out);
    }
}
