// SPDX-License-Identifier: Apache-2.0
constexpr int LINES = (ROWS - 1) * STRIDE_H + WINDOW_H;

DEV float2 floatsOf(u32 pair, f16) {
    float2 x;
    asm("{ .reg .f16 l, h; mov.b32 {l, h}, %2; cvt.f32.f16 %0, l; cvt.f32.f16 %1, h; }" : "=f"(x.x), "=f"(x.y) : "r"(pair));
    return x;
}
DEV float2 floatsOf(u32 pair, bf16) { return make_float2(__uint_as_float(pair << 16), __uint_as_float(pair & 0xffff0000u)); }

KERNEL __launch_bounds__(128) depthwise(const __grid_constant__ Args a) {
    begin();
    const u32 thread = blockIdx.x * blockDim.x + threadIdx.x, i = thread < a.count ? thread : 0;
    const u32 m = quotient(i, a.chunks), strip = quotient(m, a.across), image = quotient(strip, a.down),
              c = (i - m * a.chunks.d) * V, first = (m - strip * a.across.d) * PLACES, top = (strip - image * a.down.d) * ROWS;
    float2 k[WINDOW_H][WINDOW_W];
#pragma unroll
    for (int r = 0; r < WINDOW_H; r++)
#pragma unroll
        for (int s = 0; s < WINDOW_W; s++) k[r][s] = floatsOf(*(const u32*)(a.w + ((r * WINDOW_W + s) * CHANNELS + c)), T());
    ready();
    if (thread >= a.count) return;
    Behind<V> behind;
    behind.loadColumns(a, c);
    const i32 h0 = (i32)top * STRIDE_H - a.padH, w0 = (i32)first * STRIDE_W - a.padW;
    const T* const corner = a.x + (((i64)image * a.inH + h0) * a.inW + w0) * CHANNELS + c;
    bool thereW[SEEN];
#pragma unroll
    for (int at = 0; at < SEEN; at++) thereW[at] = (u32)(w0 + at) < (u32)a.inW;
    float sum[ROWS][PLACES][V];
#pragma unroll
    for (int row = 0; row < ROWS; row++) clear(sum[row]);
#pragma unroll
    for (int line = 0; line < LINES; line++) {
        const T* const from = corner + (i64)line * (a.inW * CHANNELS);
        const bool thereH = (u32)(h0 + line) < (u32)a.inH;
        float2 x[SEEN];
#pragma unroll
        for (int at = 0; at < SEEN; at++) {
            u32 pair = 0;
            if (thereH && thereW[at]) pair = *(const u32*)(from + at * CHANNELS);
            x[at] = floatsOf(pair, T());
        }
#pragma unroll
        for (int row = 0; row < ROWS; row++)
            if (line >= row * STRIDE_H && line < row * STRIDE_H + WINDOW_H)
#pragma unroll
                for (int place = 0; place < PLACES; place++)
#pragma unroll
                    for (int s = 0; s < WINDOW_W; s++) {
                        const float2 seen = x[place * STRIDE_W + s], weight = k[line - row * STRIDE_H][s];
                        sum[row][place][0] += seen.x * weight.x;
                        sum[row][place][1] += seen.y * weight.y;
                    }
    }
#pragma unroll
    for (int row = 0; row < ROWS; row++)
        if (top + row < a.outH.d) finishSpot(a, {image * a.outH.d + top + row, first, c, 0, 0, 0}, behind, sum[row]);
}
