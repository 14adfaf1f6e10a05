// SPDX-License-Identifier: Apache-2.0
KERNEL __launch_bounds__(128, LOOPS ? RESIDENT : 1) norm_rows(const __grid_constant__ Args a) {
    begin();
    const int lane = threadIdx.x & 31, apart = gridDim.x * 4;
    float scale[PIECES][V], bias[PIECES][V];
    const auto load = [&] {
        if (HAS_SCALE) loadFactors(a.scale, a.count, scale);
        if (HAS_BIAS) loadFactors(a.bias, a.count, bias);
    };
    if (CONSTANT) load();
    ready();
    if (!CONSTANT) load();
    int row = blockIdx.x * 4 + (threadIdx.x >> 5);
    Row next;
    if (row < a.rows) bringRow(next, a, row);
#pragma unroll 1
    while (row < a.rows) {
        float v[PIECES][V], square = 0;
        const float sum = next.unpack(v);
        T* y = a.y + (i64)row * a.count;
        row += apart;
        if (LOOPS && row < a.rows) bringRow(next, a, row);
        const float mean = RMS ? 0.f : warpSum(sum) / (float)a.count;
#pragma unroll
        for (int p = 0; p < PIECES; p++) {
            if ((p * 32 + lane) * V >= a.count) continue;
#pragma unroll
            for (int i = 0; i < V; i++) {
                v[p][i] -= mean;
                square += v[p][i] * v[p][i];
            }
        }
        const float factor = rsqrtf(warpSum(square) / (float)a.count + a.epsilon);
#pragma unroll
        for (int p = 0; p < PIECES; p++) {
            const int at = (p * 32 + lane) * V;
            if (at >= a.count) continue;
            Pack<T, V> out;
#pragma unroll
            for (int i = 0; i < V; i++) {
                float r = v[p][i] * factor;
                if (HAS_SCALE) r *= scale[p][i];
                if (HAS_BIAS) r += bias[p][i];
                put(out.v[i], r);
            }
            *(Pack<T, V>*)(y + at) = out;
        }
        if (!LOOPS) break;
    }
}
