// SPDX-License-Identifier: Apache-2.0
// Pooling of images in channels-last order: a thread takes V neighbouring channels of a pixel (pooled.cu). The text in
// front defines T, WINDOW_H and WINDOW_W as well.
struct Args {
    const T* x;
    T* y;
    u32 count;                 // of pieces of V channels
    Divisor pieces, outW, outH;
    i32 channels;
    i32 inH, inW, strideH, strideW, padH, padW, postH, postW;
    i32 excludePadding;
};
//! Of the window, how many are on their way at once.
constexpr int TAPS = WINDOW_W <= 9 ? WINDOW_W : 3, LINES = WINDOW_H * TAPS <= 9 ? WINDOW_H : 1;

KERNEL pool_channels(const __grid_constant__ Args a) {
    begin();
    ready();
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < a.count; i += gridDim.x * blockDim.x) {
        const u32 pixel = quotient(i, a.pieces), c = (i - pixel * a.pieces.d) * V;
        const u32 q = quotient(pixel, a.outW), image = quotient(q, a.outH);
        const i32 w0 = (i32)(pixel - q * a.outW.d) * a.strideW - a.padW, h0 = (i32)(q - image * a.outH.d) * a.strideH - a.padH;
        Pooled<T> pooled;
        i32 inside = 0, counted = 0;
#pragma unroll LINES
        for (i32 y = 0; y < WINDOW_H; y++) {
            const i32 h = h0 + y;
            const T* row = a.x + ((i64)image * a.inH + h) * a.inW * a.channels + c;
#pragma unroll TAPS
            for (i32 x = 0; x < WINDOW_W; x++) {
                const i32 w = w0 + x;
                const bool there = (u32)h < (u32)a.inH && (u32)w < (u32)a.inW;
                counted += h < a.inH + a.postH && w < a.inW + a.postW;
                inside += there;
                // no branch before the next
                pooled.add(*(const Pack<T, V>*)(there ? row + (i64)w * a.channels : a.x), there);
            }
        }
        Pack<T, V> out;
        pooled.get(out, a.excludePadding ? inside : counted);
        *(Pack<T, V>*)(a.y + (i64)pixel * a.channels + c) = out;
    }
}
