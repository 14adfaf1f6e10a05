// SPDX-License-Identifier: Apache-2.0
// Pooling of up to three spatial axes, in any order of memory; a thread takes an element. The text in front defines
//   T; MODE 0: maximum, 1: average, 2: blend; and INTEGER: elements are integers, whose averages are truncated.
struct Args {
    const T* x;
    T* y;
    u32 count;
    Divisor dim[5];        // of the result, in its memory order
    i32 axis[5];           // which of N, C, D, H, W each is
    i64 inStride[5];       // of N, C, D, H, W
    i32 in[3], window[3], stride[3], pad[3], post[3], dilation[3];  // D, H, W
    i32 excludePadding;
    float blend;
};

KERNEL pool(const __grid_constant__ Args a) {
    begin();
    ready();
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < a.count; i += gridDim.x * blockDim.x) {
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
        const T* x = a.x + at[0] * a.inStride[0] + at[1] * a.inStride[1];
        float top = -__int_as_float(0x7f800000), sum = 0;
        i64 wholeTop = 0, wholeSum = 0;
        i32 inside = 0, counted = 0;
#pragma unroll 1
        for (i32 z = 0; z < a.window[0]; z++) {
            const i32 d = at[2] * a.stride[0] - a.pad[0] + z * a.dilation[0];
#pragma unroll 1
            for (i32 r = 0; r < a.window[1]; r++) {
                const i32 h = at[3] * a.stride[1] - a.pad[1] + r * a.dilation[1];
#pragma unroll 1
                for (i32 s = 0; s < a.window[2]; s++) {
                    const i32 w = at[4] * a.stride[2] - a.pad[2] + s * a.dilation[2];
                    counted += d < a.in[0] + a.post[0] && h < a.in[1] + a.post[1] && w < a.in[2] + a.post[2];
                    if ((u32)d >= (u32)a.in[0] || (u32)h >= (u32)a.in[1] || (u32)w >= (u32)a.in[2]) continue;
                    const auto v = num(x[d * a.inStride[2] + h * a.inStride[3] + w * a.inStride[4]]);
                    if (INTEGER) {
                        wholeTop = !inside || v > wholeTop ? (i64)v : wholeTop;
                        wholeSum += (i64)v;
                    } else {
                        top = v > top || v != v ? v : top;
                        sum += v;
                    }
                    inside++;
                }
            }
        }
        const i32 number = a.excludePadding ? inside : counted;
        finish(a.y[i], a, top, sum, wholeTop, wholeSum, inside, number);
    }
}
