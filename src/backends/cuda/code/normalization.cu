// SPDX-License-Identifier: Apache-2.0
// (x - mean) / sqrt(variance + epsilon) * scale + bias over a row. The text in front defines T, P (of scale and bias),
// RMS, HAS_SCALE, HAS_BIAS. Mean and variance are taken in two passes.
KERNEL normalization(const __grid_constant__ Args a) {
    begin();
    ready();
    const T* x = (const T*)a.in[0] + rowAt(a, 0, blockIdx.x);
    T* y = (T*)a.out + rowAt(a, 3, blockIdx.x);
    const P* scale = HAS_SCALE ? (const P*)a.in[1] + rowAt(a, 1, blockIdx.x) : 0;
    const P* bias = HAS_BIAS ? (const P*)a.in[2] + rowAt(a, 2, blockIdx.x) : 0;
    float mean = 0, square = 0;
    if (!RMS) {
        for (u32 i = threadIdx.x; i < a.count; i += blockDim.x) mean += num(x[elementAt(a, 0, i)]);
        mean = blockSum(mean) / (float)a.count;
    }
    for (u32 i = threadIdx.x; i < a.count; i += blockDim.x) {
        const float d = num(x[elementAt(a, 0, i)]) - mean;
        square += d * d;
    }
    const float factor = 1.f / sqrtf(blockSum(square) / (float)a.count + a.epsilon);
    for (u32 i = threadIdx.x; i < a.count; i += blockDim.x) {
        float v = (num(x[elementAt(a, 0, i)]) - mean) * factor;
        if (HAS_SCALE) v *= num(scale[elementAt(a, 1, i)]);
        if (HAS_BIAS) v += num(bias[elementAt(a, 2, i)]);
        put(y[elementAt(a, 3, i)], v);
    }
}
