// SPDX-License-Identifier: Apache-2.0
//! Byte of a unit of k in what the place at the upper left sees, and which of its bits count. `first` is known when the
//! text is compiled, so that little of this is left where lines are whole steps.
DEV void placeUnit(int first, int offset, int& at, u32& mask) {
    const bool together = LINE_UNITS % 4 == 0;
    const int unit = first + offset, line = (together ? first : unit) / LINE_UNITS, s = (unit - line * LINE_UNITS) * UNIT,
              c = line / WINDOW_H, r = line - c * WINDOW_H;
    const bool there = (together ? first : unit) < UNITS;
    at = there ? ((c * SEEN_H + r) * SEEN_LINE + s) * (int)sizeof(T) : 0;
    mask = ~0u;
    if (UNIT == 2 && (s < LEAD || s >= LEAD + WINDOW_W)) mask &= 0xffff0000u;
    if (UNIT == 2 && (s + 1 < LEAD || s + 1 >= LEAD + WINDOW_W)) mask &= 0xffffu;
    if (!there) mask = 0;
}
DEV u32 readUnit(const unsigned char* from) {
    if (sizeof(T) == 4 || STRIDE_W % 2 == 0) return *(const u32*)from;
    return *(const u16*)from | (u32) * (const u16*)(from + 2) << 16;
}

//! The tile that begins at this place of the convolution's result.
struct Tile {
    int image, y0, x0;
};
DEV Tile tileAt(const Args& p, int number) {
    const int image = quotient(number, p.tilesOf), rest = number - image * p.tilesOf.d, down = quotient(rest, p.acrossOf),
              across = rest - down * p.acrossOf.d;
    if (POOL) return {image, down * POOLED_H * 2 - 1, across * POOLED_W * 2 - 1};
    return {image, down * TILE_H, across * TILE_W};
}
//! First column that is brought, and how far behind it the tile's first unit begins.
DEV int firstColumn(const Args& p, const Tile& tile, int& offset) {
    const int start = tile.x0 * STRIDE_W - p.padW - LEAD, from = p.wide ? start & -PIECE : start;
    offset = start - from;
    return from;
}

//! Which of a piece's places are inside of the image, and where it lies.
DEV u32 insideOf(const Args& p, const Tile& tile, int h0, int w0, int item, const X*& from) {
    const int line = item / LINE_PIECES, w = w0 + (item - line * LINE_PIECES) * PIECE, c = line / SEEN_H, h = h0 + line - c * SEEN_H;
    from = p.x + (((i64)tile.image * CHANNELS + c) * p.inH + h) * p.inW + w;
    if (item >= PIECES || (u32)h >= (u32)p.inH) return 0;
    if (p.wide) return (u32)w < (u32)p.inW ? 0xff : 0;
    u32 inside = 0;
#pragma unroll
    for (int v = 0; v < PIECE; v++) inside |= (u32)((u32)(w + v) < (u32)p.inW) << v;
    return inside;
}
//! Has the pixels of a tile brought into L2.
DEV void announce(const Args& p, const Tile& tile) {
    int offset;
    const int w0 = firstColumn(p, tile, offset), h0 = tile.y0 * STRIDE_H - p.padH;
#pragma unroll 1
    for (int item = threadIdx.x; item < PIECES; item += THREADS) {
        const X* from;
        if (insideOf(p, tile, h0, w0, item, from) & 1) prefetchL2(from);
    }
}
//! Brings the pixels of a tile into shared memory, all of a thread's on their way at once; returns the offset.
DEV int bring(const Args& p, const Tile& tile, T* seen) {
    int offset;
    const int w0 = firstColumn(p, tile, offset), h0 = tile.y0 * STRIDE_H - p.padH;
    Pack<X, PIECE> x[TURNS];
    u32 inside[TURNS];
#pragma unroll
    for (int i = 0; i < TURNS; i++) {
        const X* from;
        inside[i] = insideOf(p, tile, h0, w0, threadIdx.x + i * THREADS, from);
        if (p.wide) {
            if (inside[i]) x[i] = *(const Pack<X, PIECE>*)from;
        } else {
#pragma unroll
            for (int v = 0; v < PIECE; v++)
                if (inside[i] >> v & 1) x[i].v[v] = from[v];
        }
    }
#pragma unroll
    for (int i = 0; i < TURNS; i++) {
        const int item = threadIdx.x + i * THREADS;
        Pack<T, PIECE> kept;
#pragma unroll
        for (int v = 0; v < PIECE; v++) {
#if BEFORE
            float y = 0;
            before(num(x[i].v[v]), y);
            put(kept.v[v], inside[i] >> v & 1 ? y : 0.f);
#else
            kept.v[v] = x[i].v[v];
            if (!(inside[i] >> v & 1)) put(kept.v[v], 0.f);
#endif
        }
        if (item < PIECES) *(Pack<T, PIECE>*)(seen + item * PIECE) = kept;
    }
    return offset;
}

#if POOL
//! The maxima of what the block has made, places outside of the convolution's result left out.
DEV void poolTile(const Args& p, const Tile& tile, const unsigned char* made, int n0) {
    constexpr int CHUNKS = BN / V;
#pragma unroll 1
    for (int i = threadIdx.x; i < POOLED_H * POOLED_W * CHUNKS; i += THREADS) {
        const int place = i / CHUNKS, c = (i - place * CHUNKS) * V, r = place / POOLED_W, q = place - r * POOLED_W;
        const int y = (tile.y0 + 1) / 2 + r, x = (tile.x0 + 1) / 2 + q;
        if (y >= p.pooledH || x >= p.pooledW || n0 + c >= p.N) continue;
        Pooled<R> pooled;
#pragma unroll
        for (int h = 0; h < 3; h++)
#pragma unroll
            for (int w = 0; w < 3; w++) {
                const int h1 = r * 2 + h, w1 = q * 2 + w;
                const bool there = (u32)(tile.y0 + h1) < (u32)p.outH && (u32)(tile.x0 + w1) < (u32)p.outW;
                pooled.add(*(const Pack<R, V>*)(made + (h1 * TILE_W + w1) * MADE_LINE + c * sizeof(R)), there);
            }
        Pack<R, V> out;
        pooled.get(out, 0);
        *(Pack<R, V>*)((R*)p.y + (((i64)tile.image * p.pooledH + y) * p.pooledW + x) * p.N + n0 + c) = out;
    }
}
#else
//! What a warp has made, as it lies in the result.
DEV void storeRows(const Args& p, const Tile& tile, const unsigned char* made, int n0) {
    constexpr int E = 16 / (int)sizeof(R), CHUNKS = BN / E;
    const int first = (threadIdx.x >> 5) * ROWS * TILE_W;
#pragma unroll 2
    for (int i = threadIdx.x & 31; i < ROWS * TILE_W * CHUNKS; i += 32) {
        const int place = first + i / CHUNKS, c = i % CHUNKS * E, y = tile.y0 + place / TILE_W, x = tile.x0 + place % TILE_W;
        if (y >= p.outH || x >= p.outW || n0 + c >= p.N) continue;
        const i64 to = (((i64)tile.image * p.outH + y) * p.outW + x) * p.N + n0 + c;
        const auto piece = *(const Pack<R, E>*)(made + place * MADE_LINE + c * sizeof(R));
        // 8 columns may be the last ones where pieces have 16.
        if (E <= 8 || n0 + c + E <= p.N) *(Pack<R, E>*)((R*)p.y + to) = piece;
        else *(Pack<R, 8>*)((R*)p.y + to) = *(const Pack<R, 8>*)&piece;
    }
}
#endif

KERNEL __launch_bounds__(THREADS, RESIDENT) stem(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, n0 = blockIdx.y * BN;
    begin();
#pragma unroll 4
    for (int i = threadIdx.x; i < BN * (K_BYTES / 16); i += THREADS) {
        const int n = i / (K_BYTES / 16), piece = i % (K_BYTES / 16);
        uint4 v = make_uint4(0, 0, 0, 0);
        if (n0 + n < p.N) v = *(const uint4*)(p.w + (i64)(n0 + n) * K_BYTES + piece * 16);
        *(uint4*)(memory + n * W_LINE + piece * 16) = v;
    }
    int at[STEPS][2];
    u32 mask[STEPS][2];
#pragma unroll
    for (int k = 0; k < STEPS; k++)
#pragma unroll
        for (int h = 0; h < 2; h++) {
            placeUnit(k * 8 + h * 4, lane & 3, at[k][h], mask[k][h]);
            if (UNIT == 1 && k * 8 + 8 <= UNITS) mask[k][h] = ~0u;  // known without the lane: no register
        }
    const u32 ws = sharedAddress(memory) + ((lane & 7) + ((lane >> 4) << 3)) * W_LINE + ((lane >> 3) & 1) * 16;
    T* seen = (T*)(memory + SEEN_AT);
    Args to = p;
    to.y = memory + MADE_AT;
    ready();
    const int column = n0 + (lane & 3) * 2;  // of each 8
#pragma unroll 1
    for (int number = blockIdx.x; number < p.tiles; number += gridDim.x) {
        const Tile tile = tileAt(p, number);
        const int offset = bring(p, tile, seen);
        __syncthreads();
        if (number + (int)gridDim.x < p.tiles) announce(p, tileAt(p, number + gridDim.x));
        float acc[ROWS][BN / 8][4];
#pragma unroll
        for (int t = 0; t < ROWS; t++)
#pragma unroll
            for (int j = 0; j < BN / 8; j++) acc[t][j][0] = acc[t][j][1] = acc[t][j][2] = acc[t][j][3] = 0.f;
        const unsigned char* place =
            (const unsigned char*)(seen + warp * ROWS * STRIDE_H * SEEN_LINE + (lane >> 2) * STRIDE_W + offset);
#pragma unroll
        for (int k = 0; k < STEPS; k++) {
            u32 af[ROWS][4], bf[BN / 16][4];
#pragma unroll
            for (int t = 0; t < ROWS; t++)
#pragma unroll
                for (int e = 0; e < 4; e++)
                    af[t][e] = readUnit(place + at[k][e >> 1] +
                                        (t * STRIDE_H * SEEN_LINE + (e & 1) * 8 * STRIDE_W) * (int)sizeof(T)) &
                               mask[k][e >> 1];
#pragma unroll
            for (int j = 0; j < BN / 16; j++) loadFragments(bf[j], ws + j * 16 * W_LINE + k * 32);
#pragma unroll
            for (int t = 0; t < ROWS; t++)
#pragma unroll
                for (int j = 0; j < BN / 8; j++)
                    multiply(acc[t][j], af[t], bf[j / 2][(j & 1) * 2], bf[j / 2][(j & 1) * 2 + 1], T());
        }
        Behind<2> behind[BN / 8];
#pragma unroll
        for (int j = 0; j < BN / 8; j++)
            if (n0 + j * 8 < p.N) behind[j].loadColumns(p, column + j * 8);
#pragma unroll
        for (int t = 0; t < ROWS; t++)
#pragma unroll
            for (int half = 0; half < 2; half++) {
                const int row = warp * ROWS + t, i = (lane >> 2) + half * 8, y = tile.y0 + row, x = tile.x0 + i;
                const i64 m = ((i64)tile.image * p.outH + y) * p.outW + x, at = (row * TILE_W + i) * (MADE_LINE / (int)sizeof(R));
#pragma unroll
                for (int j = 0; j < BN / 8; j++) {
                    if (!POOL && y < p.outH && x < p.outW && n0 + j * 8 < p.N) behind[j].loadRows(p, m * p.N + column + j * 8, m);
                    finish<2>(to, behind[j], &acc[t][j][half * 2], at + column - n0 + j * 8);
                }
            }
        __syncthreads();
#if POOL
        poolTile(p, tile, memory + MADE_AT, n0);
#else
        storeRows(p, tile, memory + MADE_AT, n0);
#endif
    }
}
