// SPDX-License-Identifier: Apache-2.0
// Interpolation along up to three neighbouring axes, with tables of the elements that make each place. The text in front
// defines T and NEAREST (one element makes each place).
struct Args {
    const T* x;
    T* y;
    u32 count;
    Divisor inner, out[3];  // elements behind the axes, places along them
    i32 in[3], taps[3];
    const i32* from[3];      // by place and tap; the first one is negative where the place is outside
    const float* weight[3];
    float outside;
};
KERNEL resize(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 q = quotient(i, a.inner), inner = i - q * a.inner.d;
        const u32 q2 = quotient(q, a.out[2]), q1 = quotient(q2, a.out[1]), outer = quotient(q1, a.out[0]);
        const u32 o[3] = {q1 - outer * a.out[0].d, q2 - q1 * a.out[1].d, q - q2 * a.out[2].d};
        const i32* from[3];
        const float* weight[3];
#pragma unroll
        for (int k = 0; k < 3; k++) {
            from[k] = a.from[k] + o[k] * a.taps[k];
            weight[k] = a.weight[k] + o[k] * a.taps[k];
        }
        if (*from[0] < 0 || *from[1] < 0 || *from[2] < 0) {
            put(a.y[i], a.outside);
            continue;
        }
        if (NEAREST) {
            const i64 at = (((i64)outer * a.in[0] + *from[0]) * a.in[1] + *from[1]) * a.in[2] + *from[2];
            a.y[i] = a.x[at * a.inner.d + inner];
            continue;
        }
        float sum = 0;
#pragma unroll 1
        for (int r = 0; r < a.taps[0]; r++) {
            const float w0 = weight[0][r];
            if (w0 == 0) continue;
#pragma unroll 1
            for (int s = 0; s < a.taps[1]; s++) {
                const float w1 = w0 * weight[1][s];
                if (w1 == 0) continue;
                const i64 row = (((i64)outer * a.in[0] + from[0][r]) * a.in[1] + from[1][s]) * a.in[2];
                for (int t = 0; t < a.taps[2]; t++) {
                    const float w = w1 * weight[2][t];
                    if (w != 0) sum += w * num(a.x[(row + from[2][t]) * a.inner.d + inner]);
                }
            }
        }
        put(a.y[i], sum);
    }
}
