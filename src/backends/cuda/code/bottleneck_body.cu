// SPDX-License-Identifier: Apache-2.0
//! Brings `PIECES` pieces of each pixel that the windows see, from channel `first` on; zeros where there are none.
template <int PIECES>
DEV void bring(const BottleneckArgs& a, const Tile& tile, u32 to, int pitch, int first) {
#pragma unroll 1
    for (int i = threadIdx.x; i < SEEN * PIECES; i += THREADS) {
        const int piece = i % PIECES, pixel = i / PIECES, line = pixel / SEEN_W, c = first + piece * 8;
        const i32 h = tile.seenTop + line, w = tile.seenLeft + placeOf(pixel - line * SEEN_W);
        const bool there = (u32)h < (u32)a.inH && (u32)w < (u32)a.inW && c < CHANNELS;
        copyAsync(to + pixel * pitch + piece * 16, there ? a.x + ((tile.image * a.inH + h) * a.inW + w) * CHANNELS + c : a.x, there);
    }
    commitCopies();
}

#if EXPANDS
DEV void expandPixels(const BottleneckArgs& a, const Tile& tile, unsigned char* memory, int pass) {
    constexpr int ITEMS = GROUPS * SEEN_TILES;
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, end = (warp + 1) * ITEMS / WARPS;
    int item = warp * ITEMS / WARPS;
#pragma unroll 1
    while (item < end) {
        const int group = item / SEEN_TILES, last = min(end, (group + 1) * SEEN_TILES), own = group * 16 + lane % 4 * 4;
        const bool works = pass * CHUNK + own < MIDDLE;
        uint4 w[STEPS];
        loadWeights(w, a.weights + (pass * GROUPS + group) * STEPS * 512);
        expand::Behind<4> behind;
        behind.loadColumns(a.link[0], works ? pass * CHUNK + own : 0);
#pragma unroll 1
        for (; item < last; item++) {
            const int first = (item - group * SEEN_TILES) * 16;
            float acc[2][4] = {};
            multiplyRows(acc, sharedAddress(memory) + IMAGE_AT + first * IMAGE_PITCH, IMAGE_PITCH, w);
#pragma unroll
            for (int half = 0; half < 2; half++) {
                const int row = first + half * 8 + lane / 4, line = row / SEEN_W;
                const bool there = works && (u32)(tile.seenTop + line) < (u32)a.inH &&
                                   (u32)(tile.seenLeft + placeOf(row - line * SEEN_W)) < (u32)a.inW;
                float sum[4];
                sumsOf(acc, half, sum);
                expand::Finished<4> y = expand::finished<4>(a.link[0], behind, sum);
                if (!there) y.p.word[0] = y.p.word[1] = 0;
                *(expand::Finished<4>*)(memory + row * MIDDLE_PITCH + own * 2) = y;
            }
        }
    }
}
#endif

//! Slides the windows: of 8 channels a product of 16 places takes two taps at once, whose weights lie on the diagonals of
//! fragments: neighbours of a line, those of the last column neighbours of a column, and one tap alone.
DEV void slideWindows(const BottleneckArgs& a, unsigned char* memory, int pass) {
    constexpr int ITEMS = CHUNK / 8 * PIXEL_TILES, DOWN_ONE = SEEN_W * MIDDLE_PITCH;
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, end = (warp + 1) * ITEMS / WARPS;
    const u32 base = sharedAddress(memory);
    int item = warp * ITEMS / WARPS;
#pragma unroll 1
    while (item < end) {
        const int group = item / PIXEL_TILES, last = min(end, (group + 1) * PIXEL_TILES), own = group * 8 + lane % 4 * 2;
        const bool works = pass * CHUNK + own < MIDDLE;
        Pack<u32, 2> w[PAIRS];
#pragma unroll
        for (int p = 0; p < PAIRS; p++)
            w[p] = ((const Pack<u32, 2>*)(a.weights + MIDDLE_WEIGHTS_AT))[((pass * (CHUNK / 8) + group) * PAIRS + p) * 32 + lane];
        middle::Behind<2> behind;
        behind.loadColumns(a.link[1], works ? pass * CHUNK + own : 0);
#pragma unroll 1
        for (; item < last; item++) {
            const int first = (item - group * PIXEL_TILES) * 16, pixel = min(first + lane % 16, PIXELS - 1);
            const u32 from = base + (pixel / ACROSS * STRIDE * SEEN_W + pixel % ACROSS) * MIDDLE_PITCH + group * 16;
            const u32 across = from + lane / 16 * (HALF * MIDDLE_PITCH), down = from + lane / 16 * DOWN_ONE + rowOf(WINDOW - 1) * MIDDLE_PITCH;
            float acc[4] = {};
#pragma unroll
            for (int p = 0; p < PAIRS; p++) {
                constexpr int EACH = WINDOW / 2, BESIDE = WINDOW * EACH;  // pairs of a line, of all lines
                u32 x[4];
                loadFragments(x, p < BESIDE ? across + p / EACH * DOWN_ONE + rowOf(p % EACH * 2) * MIDDLE_PITCH
                                 : p + 1 < PAIRS ? down + (p - BESIDE) * (2 * DOWN_ONE)
                                                 : from + (WINDOW - 1) * DOWN_ONE + rowOf(WINDOW - 1) * MIDDLE_PITCH);
                if (p + 1 == PAIRS) x[2] = x[3] = 0;
                multiply(acc, x, w[p].v[0], w[p].v[1], T());
            }
#pragma unroll
            for (int half = 0; half < 2; half++) {
                middle::Finished<2> y = middle::finished<2>(a.link[1], behind, acc + half * 2);
                if (!works) y.p.word[0] = 0;
                *(middle::Finished<2>*)(memory + RESULT_AT + (first + half * 8 + lane / 4) * RESULT_PITCH + own * 2) = y;
            }
        }
    }
}

#if !PROJECTS
DEV void storeMiddle(const BottleneckArgs& a, const Tile& tile, const unsigned char* memory, int pass) {
    constexpr int PIECES = CHUNK / 8;
#pragma unroll 1
    for (int i = threadIdx.x; i < PIXELS * PIECES; i += THREADS) {
        const int piece = i % PIECES, pixel = i / PIECES, c = pass * CHUNK + piece * 8;
        const i32 h = tile.top + pixel / ACROSS, w = tile.left + pixel % ACROSS;
        if (c >= MIDDLE || h >= a.outH || w >= a.outW) continue;
        *(uint4*)((T*)a.link[1].y + ((tile.image * a.outH + h) * a.outW + w) * MIDDLE + c) =
            *(const uint4*)(memory + RESULT_AT + pixel * RESULT_PITCH + piece * 16);
    }
}
#endif

#if PROJECTS
constexpr int MADE_ITEMS = MADE_GROUPS * PIXEL_TILES, MADE_EACH = (MADE_ITEMS + WARPS - 1) / WARPS;
typedef float Made[MADE_EACH][2][4];

DEV void projectPixels(const BottleneckArgs& a, u32 base, int pass, Made& made) {
#pragma unroll
    for (int e = 0; e < MADE_EACH; e++) {
        const int item = threadIdx.x / 32 + e * WARPS;
        if (item >= MADE_ITEMS) break;
        uint4 w[GROUPS];
        loadWeights(w, a.weights + LAST_WEIGHTS_AT + (item / PIXEL_TILES * PASSES + pass) * GROUPS * 512);
        multiplyRows(made[e], base + RESULT_AT + item % PIXEL_TILES * 16 * RESULT_PITCH, RESULT_PITCH, w);
    }
}
DEV void storePixels(const BottleneckArgs& a, const Tile& tile, const Made& made) {
#pragma unroll
    for (int e = 0; e < MADE_EACH; e++) {
        const int item = threadIdx.x / 32 + e * WARPS, lane = threadIdx.x % 32, c = item / PIXEL_TILES * 16 + lane % 4 * 4;
        if (item >= MADE_ITEMS || c >= MADE) break;
        project::Behind<4> behind;
        behind.loadColumns(a.link[2], c);
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int row = item % PIXEL_TILES * 16 + half * 8 + lane / 4, h = tile.top + row / ACROSS, w = tile.left + row % ACROSS;
            if (row >= PIXELS || h >= a.outH || w >= a.outW) continue;
            const i64 pixel = (tile.image * a.outH + h) * a.outW + w, yAt = pixel * MADE + c;
            float sum[4];
            sumsOf(made[e], half, sum);
            behind.loadRows(a.link[2], yAt, pixel);
            project::finish<4>(a.link[2], behind, sum, yAt);
        }
    }
}
#endif

KERNEL __launch_bounds__(THREADS, RESIDENT) bottleneck(const __grid_constant__ BottleneckArgs a) {
    extern __shared__ __align__(16) unsigned char memory[];
    begin();
    const u32 image = quotient(blockIdx.x, a.tiles), rest = blockIdx.x - image * a.tiles.d, down = quotient(rest, a.along);
    const i32 top = down * DOWN, left = (rest - down * a.along.d) * ACROSS;
    const Tile tile{image, top, left, top * STRIDE - a.padH, left * STRIDE - a.padW};
    const u32 base = sharedAddress(memory);
    ready();
#if EXPANDS
    bring<STEPS * 2>(a, tile, base + IMAGE_AT, IMAGE_PITCH, 0);
    waitCopies<0>();
    __syncthreads();
#endif
#if PROJECTS
    Made made = {};
#endif
#pragma unroll 1
    for (int pass = PROJECTS ? 0 : blockIdx.y; pass < PASSES; pass += PROJECTS ? 1 : PASSES) {
#if EXPANDS
        expandPixels(a, tile, memory, pass);
#else
        bring<CHUNK / 8>(a, tile, base, MIDDLE_PITCH, pass * CHUNK);
        waitCopies<0>();
#endif
        __syncthreads();
        slideWindows(a, memory, pass);
        __syncthreads();
#if PROJECTS
        projectPixels(a, base, pass, made);
#else
        storeMiddle(a, tile, memory, pass);
#endif
    }
#if PROJECTS
    storePixels(a, tile, made);
#endif
}
