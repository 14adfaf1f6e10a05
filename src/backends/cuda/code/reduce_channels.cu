// SPDX-License-Identifier: Apache-2.0
// Folds the pixels of an image in channels-last order into one number for each channel. Neighbouring threads take V
// channels each, the other threads of the block further pixels. The text in front defines T, V, N (float or i64), START,
// combine(a, b) and finish(x, count).
struct Args {
    const T* x;
    T* y;
    i32 channels;
    u32 pixels;
    u32 pieces;      // threads that share a pixel, as a power of two
    Divisor blocks;  // of an image
};
KERNEL __launch_bounds__(256) reduce_channels(const __grid_constant__ Args a) {
    __shared__ N folded[256 * V];
    begin();
    const u32 image = quotient(blockIdx.x, a.blocks), walker = threadIdx.x >> a.pieces, walkers = 256 >> a.pieces,
              c = (((blockIdx.x - image * a.blocks.d) << a.pieces) + threadIdx.x - (walker << a.pieces)) * V;
    N r[V];
#pragma unroll
    for (int v = 0; v < V; v++) r[v] = START;
    ready();
    const T* x = a.x + (i64)image * a.pixels * a.channels + c;
    if (c < a.channels) {
        constexpr int AT_ONCE = 4;  // pixels on their way
#pragma unroll 1
        for (u32 i = walker; i < a.pixels; i += AT_ONCE * walkers) {
            Pack<T, V> p[AT_ONCE];
#pragma unroll
            for (int k = 0; k < AT_ONCE; k++)
                if (i + k * walkers < a.pixels) p[k] = *(const Pack<T, V>*)(x + (i64)(i + k * walkers) * a.channels);
#pragma unroll
            for (int k = 0; k < AT_ONCE; k++) {
                if (i + k * walkers >= a.pixels) break;
#pragma unroll
                for (int v = 0; v < V; v++) r[v] = combine(r[v], num(p[k].v[v]));
            }
        }
    }
#pragma unroll
    for (int v = 0; v < V; v++) folded[v * 256 + threadIdx.x] = r[v];
#pragma unroll 1
    for (u32 half = walkers / 2; half; half >>= 1) {
        __syncthreads();
        if (walker >= half) continue;
#pragma unroll
        for (int v = 0; v < V; v++) {
            r[v] = combine(r[v], folded[v * 256 + threadIdx.x + (half << a.pieces)]);
            folded[v * 256 + threadIdx.x] = r[v];
        }
    }
    if (walker > 0 || c >= a.channels) return;
    Pack<T, V> out;
#pragma unroll
    for (int v = 0; v < V; v++) put(out.v[v], finish(r[v], a.pixels));
    *(Pack<T, V>*)(a.y + (i64)image * a.channels + c) = out;
}
