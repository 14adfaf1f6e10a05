// SPDX-License-Identifier: Apache-2.0
// Convolution: a thread gathers what reaches its element. The text in front defines T, HAS_BIAS and TRANSPOSED, the one
// behind the kernel that calls convolve().
struct Args {
    const T *x, *w, *bias;
    T* y;
    u32 count;
    Divisor dim[5];   // of the result, in its memory order
    i32 axis[5];      // which of N, K, D, H, W each is
    i64 inStride[5];  // of N, C, D, H, W
    Divisor groupMaps;
    i32 groupChannels, taps;
    i32 in[3], window[3], pad[3], dilation[3];
    Divisor stride[3];
};
//! The element along axis `k` of the input that meets place `at` under an element of the window, or -1.
DEV i32 meets(const Args& a, int k, i32 at, i32 tap) {
#if !TRANSPOSED
    const i32 place = at * (i32)a.stride[k].d + tap * a.dilation[k] - a.pad[k];
    return place >= 0 && place < a.in[k] ? place : -1;
#endif
    const i32 far = at + a.pad[k] - tap * a.dilation[k];
    if (far < 0) return -1;
    const i32 q = (i32)quotient((u32)far, a.stride[k]);
    return q < a.in[k] && q * (i32)a.stride[k].d == far ? q : -1;
}
DEV void convolve(const Args& a) {
    EACH(i) {
        i32 at[5];
        u32 rest = i;
#pragma unroll
        for (int d = 4; d >= 0; d--) {
            const u32 q = quotient(rest, a.dim[d]);
#pragma unroll
            for (int k = 0; k < 5; k++)
                if (a.axis[d] == k) at[k] = (i32)(rest - q * a.dim[d].d);
            rest = q;
        }
        const i32 group = (i32)quotient((u32)at[1], a.groupMaps), map = at[1] - group * (i32)a.groupMaps.d;
        const i32 first = group * a.groupChannels;
        const T* x = a.x + at[0] * a.inStride[0] + first * a.inStride[1];
        const i64 next = TRANSPOSED ? (i64)a.groupMaps.d * a.taps : a.taps;  // weights of the next channel
        const T* w = a.w + (TRANSPOSED ? first * next + (i64)map * a.taps : at[1] * next * a.groupChannels);
        float sum = HAS_BIAS ? num(a.bias[at[1]]) : 0.f;
        i32 tap = 0;
#pragma unroll 1
        for (i32 z = 0; z < a.window[0]; z++) {
            const i32 d = meets(a, 0, at[2], z);
#pragma unroll 1
            for (i32 r = 0; r < a.window[1]; r++) {
                const i32 h = meets(a, 1, at[3], r);
#pragma unroll 1
                for (i32 s = 0; s < a.window[2]; s++, tap++) {
                    const i32 v = meets(a, 2, at[4], s);
                    if (d < 0 || h < 0 || v < 0) continue;
                    const T* from = x + d * a.inStride[2] + h * a.inStride[3] + v * a.inStride[4];
                    const T* weight = w + tap;
#pragma unroll 4
                    for (i32 c = 0; c < a.groupChannels; c++)
                        sum += num(from[c * a.inStride[1]]) * num(weight[c * next]);
                }
            }
        }
        put(a.y[i], sum);
    }
}
