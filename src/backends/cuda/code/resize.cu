// SPDX-License-Identifier: Apache-2.0
// Interpolation along up to three neighbouring axes, or along any, with tables of the elements that make each place. The
// text in front defines T and NEAREST (one element makes each place).
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
struct AnyArgs {
    const T* x;
    T* y;
    u32 count;
    Places places;
    PerDim stride;
    i32 taps[8];
    const i32* from[8];
    const float* weight[8];
    float outside;
};
KERNEL resize_any(const __grid_constant__ AnyArgs a) {
    begin();
    ready();
    EACH(i) {
        const i32* from[8];
        const float* weight[8];
        i32 tap[8];
        bool outside = false;
        eachDim(a.places, i, [&](int d, i64 place) {
            from[d] = a.from[d] + place * a.taps[d];
            weight[d] = a.weight[d] + place * a.taps[d];
            tap[d] = 0;
            outside = outside || *from[d] < 0;
        });
        if (outside) {
            put(a.y[i], a.outside);
            continue;
        }
        const int last = (int)a.places.rank - 1;
        float sum = 0;
#pragma unroll 1
        for (int d = 0; d >= 0;) {
            float w = 1;
            i64 at = 0;
            for (int k = 0; k <= last; k++) {
                w *= weight[k][tap[k]];
                at += from[k][tap[k]] * a.stride.v[k];
            }
            if (NEAREST) {
                a.y[i] = a.x[at];
                break;
            }
            if (w != 0) sum += w * num(a.x[at]);
            for (d = last; d >= 0 && ++tap[d] == a.taps[d]; d--) tap[d] = 0;
        }
        if (!NEAREST) put(a.y[i], sum);
    }
}
