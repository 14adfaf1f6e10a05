// SPDX-License-Identifier: Apache-2.0
// exp(x - max) / sum over a row. The text in front defines T.
KERNEL softmax(const __grid_constant__ Args a) {
    begin();
    ready();
    const T* x = (const T*)a.in[0] + rowAt(a, 0, blockIdx.x);
    T* y = (T*)a.out + rowAt(a, 3, blockIdx.x);
    float top = -__int_as_float(0x7f800000), sum = 0;
    for (u32 i = threadIdx.x; i < a.count; i += blockDim.x) {
        const float v = num(x[elementAt(a, 0, i)]);
        top = v > top || v != v ? v : top;
    }
    top = blockMax(top);
    for (u32 i = threadIdx.x; i < a.count; i += blockDim.x) sum += expf(num(x[elementAt(a, 0, i)]) - top);
    const float scale = 1.f / blockSum(sum);
    for (u32 i = threadIdx.x; i < a.count; i += blockDim.x)
        put(y[elementAt(a, 3, i)], expf(num(x[elementAt(a, 0, i)]) - top) * scale);
}
