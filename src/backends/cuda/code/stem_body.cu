// SPDX-License-Identifier: Apache-2.0
DEV float larger(float x, float y) {
    float z;
    asm("max.NaN.f32 %0, %1, %2;" : "=f"(z) : "f"(x), "f"(y));
    return z;
}

//! The strip that begins at this place of the convolution's result.
struct Strip {
    int image, first, x0, y0, steps;  // first: line of what is stored
};
DEV Strip stripAt(const Args& p, int number) {
    const int image = quotient(number, p.worksOf), rest = number - image * p.worksOf.d, down = quotient(rest, p.acrossOf),
              across = rest - down * p.acrossOf.d, first = down * p.lines;
    const int x0 = across * ACROSS * TILE_W - POOL, y0 = POOL ? first * 2 - 1 : first;
    const int left = POOL ? (p.pooledH - first) * 2 + 1 : p.outH - first, steps = (left + ROWS - 1) / ROWS;
    return {image, first, x0, y0, steps < p.steps ? steps : p.steps};
}

//! First column that is brought.
DEV int firstColumn(const Args& p, const Strip& strip) {
    const int start = strip.x0 * STRIDE_W - p.padW - LEAD;
    return p.wide ? start & -PIECE : start;
}
#if ROUNDS
//! Rounded quotients of i8, all but a tie's neighbourhood of 2^-48 as division has them: the reciprocal is the sum of two
//! floats. Neither is of the other sign, so what is infinite stays so.
struct Reciprocal {
    float high, low;
    __device__ __forceinline__ explicit Reciprocal(float scale) {
        const double inverse = 1. / scale;
        high = (float)inverse;
        if (high > inverse) high = __uint_as_float(__float_as_uint(high) - 1);
        low = (float)(inverse - high);
        if (low == 0.f) low = 0x1p-126f;
    }
};
DEV float stepsOf(X pixel) {
    float x, scale;
    before(num(pixel), x, scale);
    const Reciprocal by(scale);
    return fmaf(x, by.high, x * by.low);
}
#endif
//! What becomes of a pixel.
DEV T changed(X x) {
    T y;
#if ROUNDS
    const float steps = stepsOf(x);
    y = (T)roundedBytes(steps, steps, steps, steps);
#elif BEFORE
    decltype(num(y)) number = 0;
    before(num(x), number);
    put(y, number);
#else
    y = x;
#endif
    return y;
}
//! The pixels of ROWS groups of lines, on their way into shared memory: by 16 bytes where they stay as they are, else
//! through registers; one by one where lines of the image are no whole pieces.
struct Chunk {
    Pack<X, PIECE> x[TURNS][UNIT_H];
    bool inside[TURNS][UNIT_H];

    //! Where a line of a piece lies in the image, and the column of its first pixel.
    __device__ __forceinline__ static const X* find(const Args& p, const Strip& strip, int number, int item, int l, int& w,
                                                    bool& there) {
        const int line = item / LINE_PIECES, each = line / CHANNELS, c = line - each * CHANNELS;
        const int h = (strip.y0 + number * ROWS) * STRIDE_H - p.padH + each * UNIT_H + l;
        w = firstColumn(p, strip) + (item - line * LINE_PIECES) * PIECE;
        there = item < PIECES && (u32)h < (u32)p.inH && (!p.wide || (u32)w < (u32)p.inW);
        return p.x + (((i64)strip.image * CHANNELS + c) * p.inH + h) * p.inW + w;
    }
    //! Threads wait for what they copy by waitCopies.
    __device__ __forceinline__ static void copy(const Args& p, const Strip& strip, int number, unsigned char* seen) {
#pragma unroll
        for (int i = 0; i < TURNS; i++) {
            const int item = threadIdx.x + i * THREADS;
            int w;
            bool there;
            const X* from = find(p, strip, number, item, 0, w, there);
#pragma unroll
            for (int v = 0; v < PIECE_BYTES; v += 16)
                if (item < PIECES)
                    copyAsync(sharedAddress(seen) + item * PIECE_BYTES + v, there ? (const char*)from + v : (const char*)p.x, there);
        }
        commitCopies();
    }
    __device__ __forceinline__ static void bringSingly(const Args& p, const Strip& strip, int number, unsigned char* seen) {
#pragma unroll 1
        for (int item = threadIdx.x; item < PIECES; item += THREADS) {
            Pack<T, PIECE * UNIT_H> kept;
#pragma unroll
            for (int l = 0; l < UNIT_H; l++) {
                int w;
                bool there;
                const X* from = find(p, strip, number, item, l, w, there);
#pragma unroll
                for (int v = 0; v < PIECE; v++) {
                    T& to = kept.v[placeOf(v, l)];
                    put(to, 0);
                    if (there && (u32)(w + v) < (u32)p.inW) to = changed(from[v]);
                }
            }
            *(Pack<T, PIECE * UNIT_H>*)(seen + item * PIECE_BYTES) = kept;
        }
    }
    //! Pixels beside the image are some others, so that no register waits for a value.
    __device__ __forceinline__ void fetch(const Args& p, const Strip& strip, int number) {
#pragma unroll
        for (int i = 0; i < TURNS; i++)
#pragma unroll
            for (int l = 0; l < UNIT_H; l++) {
                int w;
                const X* from = find(p, strip, number, threadIdx.x + i * THREADS, l, w, inside[i][l]);
                x[i][l] = *(const Pack<X, PIECE>*)(inside[i][l] ? from : p.x);
            }
    }
    __device__ __forceinline__ void keep(unsigned char* seen) const {
#pragma unroll
        for (int i = 0; i < TURNS; i++) {
            const int item = threadIdx.x + i * THREADS;
#if ROUNDS
            const u32 counts = (inside[i][0] ? 0xffffu : 0) | (inside[i][1] ? 0xffff0000u : 0);
            u32 kept[PIECE / 2];
#pragma unroll
            for (int v = 0; v < PIECE; v += 2)
                kept[v / 2] = counts & roundedBytes(stepsOf(x[i][0].v[v]), stepsOf(x[i][0].v[v + 1]), stepsOf(x[i][1].v[v]),
                                                    stepsOf(x[i][1].v[v + 1]));
            if (item < PIECES) *(uint4*)(seen + item * PIECE_BYTES) = make_uint4(kept[0], kept[1], kept[2], kept[3]);
#else
            Pack<T, PIECE * UNIT_H> kept;
#pragma unroll
            for (int l = 0; l < UNIT_H; l++)
#pragma unroll
                for (int v = 0; v < PIECE; v++) {
                    T& to = kept.v[placeOf(v, l)];
                    to = changed(x[i][l].v[v]);
                    if (!inside[i][l]) put(to, 0);
                }
            if (item < PIECES) *(Pack<T, PIECE * UNIT_H>*)(seen + item * PIECE_BYTES) = kept;
#endif
        }
    }

private:
    //! Of a pixel among those of a piece.
    __device__ __forceinline__ static constexpr int placeOf(int column, int line) {
        return column / UNIT_W * UNIT_W * UNIT_H + line * UNIT_W + column % UNIT_W;
    }
};

//! Where a thread's units lie in a group, and which of their bits count: what is no number is one also times zero.
struct Units {
    int at[HALVES];
    u32 mask[HALVES], last[HALVES];  // last: in the last group of a window
    __device__ __forceinline__ explicit Units(int lane) {
        constexpr bool KNOWN = sizeof(T) == 1;  // always a number
#pragma unroll
        for (int i = 0; i < HALVES; i++) {
            const int unit = i * 4 + lane, line = (WHOLE_HALVES ? i * 4 : unit) / LINE_UNITS;
            // The same in each half where lines share halves evenly.
            const int s = 4 % LINE_UNITS ? unit - line * LINE_UNITS : lane % LINE_UNITS, column = s * UNIT_W;
            const bool there = i * 4 + 4 <= GROUP_UNITS || unit < GROUP_UNITS;
            at[i] = there ? line * LINE_BYTES + (WHOLE_HALVES ? i * 4 % LINE_UNITS : s) * 4 : 0;
            mask[i] = ~0u;
            if (sizeof(T) == 2 && (column < LEAD || column >= LEAD + WINDOW_W)) mask[i] &= 0xffff0000u;
            if (sizeof(T) == 2 && (column + 1 < LEAD || column + 1 >= LEAD + WINDOW_W)) mask[i] &= 0xffffu;
            if (!KNOWN && !there) mask[i] = 0;
            const bool all = isThere(i * 4 + 3, GROUPS - 1), some = isThere(i * 4, GROUPS - 1);
            last[i] = KNOWN || all ? ~0u : some && isThere(unit, GROUPS - 1) ? ~0u : 0;
        }
    }
};
DEV u32 readUnit(const unsigned char* from) {
    if (sizeof(T) == 4 || STRIDE_W % 2 == 0) return *(const u32*)from;
    return *(const u16*)from | (u32) * (const u16*)(from + 2) << 16;
}

typedef Sum Sums[NT][4];  // of 16 places: those of a row of fragments and of the row 8 further
//! All products of a step. `seen`: what the thread's first place sees of each chunk.
DEV void multiplyStep(Sums (&acc)[ROWS], const unsigned char* const (&seen)[CHUNKS], const Units& units, u32 ws) {
    constexpr int FURTHER = (POOL ? 1 : 8) * STRIDE_W * COLUMN_BYTES;
    const auto read = [&](int half, int group, int e) {
        return readUnit(seen[group / ROWS] + group % ROWS * GROUP_BYTES + units.at[half] + e * FURTHER) & units.mask[half];
    };
    int count = 0;
    const auto multiplyBy = [&](const u32(&af)[ROWS][4]) {
        u32 bf[NT / 2][4];
#pragma unroll
        for (int j = 0; j < NT / 2; j++) loadFragments(bf[j], ws + j * 16 * W_LINE + count * 32);
#pragma unroll
        for (int t = 0; t < ROWS; t++)
#pragma unroll
            for (int j = 0; j < NT; j++) multiply(acc[t][j], af[t], bf[j / 2][j % 2 * 2], bf[j / 2][j % 2 * 2 + 1], T());
        count++;
    };
    u32 af[ROWS][4];
#pragma unroll
    for (int i = 0; i + 1 < HALVES; i += 2) {
        u32 both[SEEN_GROUPS][4];
#pragma unroll
        for (int s = 0; s < SEEN_GROUPS; s++)
#pragma unroll
            for (int e = 0; e < 4; e++)
                // The last groups are only seen as the last one of a window.
                both[s][e] = isThere((i + e / 2) * 4, s < ROWS ? 0 : s - ROWS + 1) ? read(i + e / 2, s, e % 2) : 0;
#pragma unroll
        for (int g = 0; g < GROUPS; g++) {
            if (!isThere(i * 4, g)) continue;
#pragma unroll
            for (int t = 0; t < ROWS; t++)
#pragma unroll
                for (int e = 0; e < 4; e++) af[t][e] = both[g + t][e] & (g + 1 < GROUPS ? ~0u : units.last[i + e / 2]);
            multiplyBy(af);
        }
    }
#pragma unroll
    for (int g = 0; g < SINGLES; g += 2) {
        constexpr int LAST = HALVES - 1;
#pragma unroll
        for (int t = 0; t < ROWS; t++)
#pragma unroll
            for (int e = 0; e < 4; e++) {
                const int group = g + e / 2;
                af[t][e] = group >= SINGLES ? 0 : read(LAST, group + t, e % 2) & (group + 1 < GROUPS ? ~0u : units.last[LAST]);
            }
        multiplyBy(af);
    }
}

//! The bits of 1.5 * 2^23 as a float: those of whole numbers behind them are a float that far above 0.
constexpr i32 WHOLE = 0x4b400000;
constexpr Sum START = POOL || sizeof(T) > 1 ? 0 : WHOLE;  // whole sums start there, unless they are compared first
DEV float realOf(float sum) { return sum; }
DEV float realOf(i32 sum) { return __int_as_float(START ? sum : sum + WHOLE) - 12582912.f; }

#if POOL
DEV i32 larger(i32 x, i32 y) { return max(x, y); }
DEV Sum least() {
    if constexpr (sizeof(T) == 1) return -0x40000000;
    else return __int_as_float(0xff800000);
}
//! Whether what only edges need stays behind branches; where strips have several steps, that takes registers too many.
constexpr bool BRANCHES = ROWS % 2 != 0;
typedef Sum Most[NT][4];
//! The largest of three neighbouring places: a thread's two and the first one of the next. Those outside of the
//! convolution's result, which only warps at an edge see, never are.
DEV void takeLargerAcross(Sum (&most)[V], Most& sums, bool edge, int x, int outW) {
    if (edge) {
        if (BRANCHES) asm volatile("");
#pragma unroll
        for (int j = 0; j < NT; j++)
#pragma unroll
            for (int v = 0; v < 4; v++)
                if ((u32)(x + v / 2) >= (u32)outW) sums[j][v] = least();
    }
#pragma unroll
    for (int j = 0; j < NT; j++)
#pragma unroll
        for (int v = 0; v < 2; v++)
            most[j * 2 + v] = larger(larger(sums[j][v], sums[j][v + 2]), __shfl_down_sync(~0u, sums[j][v], 4));
}
DEV void takeLarger(Most& most, const Sums& sums) {
#pragma unroll
    for (int j = 0; j < NT; j++)
#pragma unroll
        for (int v = 0; v < 4; v++) most[j][v] = larger(most[j][v], sums[j][v]);
}
DEV void copySums(Most& to, const Sums& from) {
#pragma unroll
    for (int j = 0; j < NT; j++)
#pragma unroll
        for (int v = 0; v < 4; v++) to[j][v] = from[j][v];
}

DEV void setLeast(Sums& sums) {
#pragma unroll
    for (int j = 0; j < NT; j++)
#pragma unroll
        for (int v = 0; v < 4; v++) sums[j][v] = least();
}

constexpr int MADE = (ROWS - 1) / 2;
typedef Sum MostOfStep[MADE + 1][V];  // of the last line of the step before, and of those of this one
//! `x`, `y`: of the thread's first place.
DEV void poolStep(const Args& p, MostOfStep& most, Sum (&carried)[V], Sums (&acc)[ROWS], int x, int y) {
    const auto isAtEdge = [&](int first) { return first < 0 || first + 16 > p.outW; };
    const bool edge = !BRANCHES || isAtEdge(__shfl_sync(~0u, x, 0));
    if (!BRANCHES || y < 0 || y + ROWS > p.outH) {
        if (BRANCHES) asm volatile("");
#pragma unroll
        for (int t = 0; t < ROWS; t++)
            if ((u32)(y + t) >= (u32)p.outH) setLeast(acc[t]);
    }
    if (ROWS % 2 == 0) {
        Most line;
        copySums(line, acc[0]);
        takeLargerAcross(most[0], line, edge, x, p.outW);
#pragma unroll
        for (int v = 0; v < V; v++) most[0][v] = larger(most[0][v], carried[v]);
    }
#pragma unroll
    for (int t = 0; t < MADE; t++) {
        Most lines;
        copySums(lines, acc[t * 2]);
        takeLarger(lines, acc[t * 2 + 1]);
        takeLarger(lines, acc[t * 2 + 2]);
        takeLargerAcross(most[t + 1], lines, edge, x, p.outW);
    }
    if (ROWS % 2 == 0) {
        Most lines;
        copySums(lines, acc[ROWS - 2]);
        takeLarger(lines, acc[ROWS - 1]);
        takeLargerAcross(carried, lines, edge, x, p.outW);
    }
}
DEV void storeStep(const Args& p, const Strip& strip, int step, int x, int column, Behind<V>& behind, MostOfStep& most) {
    const int q = (x + 1) >> 1, r0 = strip.first + step * (ROWS / 2) - 1;
    const bool counts = (threadIdx.x & 31) >> 2 < TILE_W / 2 && q < p.pooledW && column < p.N;
#pragma unroll
    for (int t = ROWS % 2; t <= MADE; t++) {
        float sums[V];
#pragma unroll
        for (int v = 0; v < V; v++) sums[v] = realOf(most[t][v]);
        const int r = r0 + t;
        if (counts && r >= strip.first && r < p.pooledH)
            finish<V>(p, behind, sums, (((i64)strip.image * p.pooledH + r) * p.pooledW + q) * p.N + column);
    }
}
#else
DEV void storeStep(const Args& p, const Strip& strip, int step, int x, int column, Behind<V>& behind, const Sums (&acc)[ROWS]) {
#pragma unroll
    for (int t = 0; t < ROWS; t++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
            const int y = strip.y0 + step * ROWS + t, at = x + e * 8;
            if (y >= p.outH || at >= p.outW || column >= p.N) continue;
            const i64 m = ((i64)strip.image * p.outH + y) * p.outW + at;
            float sums[V];
#pragma unroll
            for (int v = 0; v < V; v++) sums[v] = realOf(acc[t][v / 2][e * 2 + v % 2]);
            behind.loadRows(p, m * p.N + column, m);
            finish<V>(p, behind, sums, m * p.N + column);
        }
}
#endif

//! Threads wait for what they copy by waitCopies.
DEV void bringWeights(const Args& p, unsigned char* to) {
    const unsigned char* from = p.w + (i64)blockIdx.y * BN * K_BYTES;
#pragma unroll
    for (int i = threadIdx.x; i < BN * (K_BYTES / 16); i += THREADS)
        copyAsync(sharedAddress(to) + i * 16 + i / (K_BYTES / 16) * (W_LINE - K_BYTES), from + i * 16, true);
    commitCopies();
}
//! What the first step of a strip sees.
DEV void bringFirst(const Args& p, const Strip& strip, unsigned char* ring) {
    if (!p.wide) {
        for (int k = 0; k < CHUNKS; k++) Chunk::bringSingly(p, strip, k, ring + k * CHUNK_BYTES);
    } else if (COPIES) {
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) Chunk::copy(p, strip, k, ring + k * CHUNK_BYTES);
    } else {
        Chunk chunks[CHUNKS];
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) chunks[k].fetch(p, strip, k);
#pragma unroll
        for (int k = 0; k < CHUNKS; k++) chunks[k].keep(ring + k * CHUNK_BYTES);
    }
}
DEV void startSums(Sums (&acc)[ROWS]) {
#pragma unroll
    for (int t = 0; t < ROWS; t++)
#pragma unroll
        for (int j = 0; j < NT; j++)
#pragma unroll
            for (int v = 0; v < 4; v++) acc[t][j][v] = START;
}
DEV int following(int slot, int by) { return slot + by < RING ? slot + by : slot + by - RING; }

KERNEL __launch_bounds__(THREADS, RESIDENT) stem(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, across = warp / DOWN, own = warp % DOWN * COLUMNS;
    begin();
    bringWeights(p, memory);
    const Units units(lane & 3);
    const u32 ws = sharedAddress(memory) + (own + (lane & 7) + ((lane >> 4) << 3)) * W_LINE + ((lane >> 3) & 1) * 16;
    unsigned char* const ring = memory + SEEN_AT;
    const int column = blockIdx.y * BN + own + (lane & 3) * V;                  // of the thread's first sum
    const int further = across * TILE_W + (lane >> 2) * (POOL ? 2 : 1);  // its place in the strip
    ready();
    // A lane keeps one column of what depends on that alone, and asks others when it is needed.
    Behind<1> kept;
    kept.loadNumbers(p);
    if (lane < COLUMNS && column - (lane & 3) * V + lane < p.N) kept.loadVectors(p, column - (lane & 3) * V + lane);
#pragma unroll 1
    for (int number = blockIdx.x; number < p.works; number += gridDim.x) {
        const Strip strip = stripAt(p, number);
        bringFirst(p, strip, ring);
        waitCopies<0>();
        __syncthreads();
        const int x = strip.x0 + further, offset = strip.x0 * STRIDE_W - p.padW - LEAD - firstColumn(p, strip);
        const int place = (offset + further * STRIDE_W) * COLUMN_BYTES + (WHOLE_HALVES ? (lane & 3) * 4 : 0);
#if POOL
        Sum carried[V];
#pragma unroll
        for (int v = 0; v < V; v++) carried[v] = least();
#endif
        int slot = 0;  // of the first chunk
#pragma unroll 1
        for (int step = 0; step < strip.steps; step++) {
            const bool more = RING > CHUNKS && step + 1 < strip.steps;
            unsigned char* const free = ring + following(slot, CHUNKS) * CHUNK_BYTES;
            if (COPIES && p.wide && more) Chunk::copy(p, strip, step + CHUNKS, free);
            if (!p.wide && more) Chunk::bringSingly(p, strip, step + CHUNKS, free);
            const unsigned char* seen[CHUNKS];
#pragma unroll
            for (int k = 0; k < CHUNKS; k++) seen[k] = ring + following(slot, k) * CHUNK_BYTES + place;
            Sums acc[ROWS];
            startSums(acc);
            multiplyStep(acc, seen, units, ws);
            Chunk next;
            Behind<V> behind;
#if POOL
            MostOfStep made;  // few numbers are left before anything else is loaded
            poolStep(p, made, carried, acc, x, strip.y0 + step * ROWS);
#else
            const Sums(&made)[ROWS] = acc;
#endif
            if (!COPIES && p.wide && more) next.fetch(p, strip, step + CHUNKS);
            behind.takeColumns(kept, (lane & 3) * V);
            storeStep(p, strip, step, x, column, behind, made);
            if (!COPIES && p.wide && more) next.keep(free);
            if (COPIES) waitCopies<0>();
            slot = following(slot, 1);
            __syncthreads();
        }
    }
}
