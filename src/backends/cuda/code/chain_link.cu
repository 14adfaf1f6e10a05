// SPDX-License-Identifier: Apache-2.0
// One link of a chain (chain.cu), in a namespace of its own. The text in front defines R; COLUMNS; INDEX (of the link);
// TAPS along a side; CHUNKS of IN_ROW bytes of a pixel; IN_AT, IN_CHUNK and IN_LINE: where pixels are, and bytes from one
// chunk and one group's line to the next; OUT_AT and OUT_ROW of the result; STORES: whether it goes to memory; EARLY:
// whether operands by column may be read before the kernel in front has ended; LIKE_IS_MADE: whether the operand like the
// result is what the convolution beside the links leaves; STEP between pixels of that; and the functions behind the
// product (Behind, finished).
constexpr int UNITS = TAPS * TAPS * CHUNKS, SLABS = COLUMNS / 64, PASSES = (SLABS + ACROSS - 1) / ACROSS;
constexpr int MOST_KEPT = 4;  // slabs whose operands wait in registers
constexpr int OUT_PANEL = DOWN * PIXELS * OUT_ROW, PANELS = COLUMNS * (int)sizeof(T) / OUT_ROW;
constexpr bool READS_LIKE = LIKE_BYTES > 0, BRINGS_LIKE = READS_LIKE && !LIKE_IS_MADE, IS_BESIDE = INDEX == MOST_LINKS;

DEV const LinkArgs& argsOf(const ChainArgs& p) { return IS_BESIDE ? p.beside : p.link[IS_BESIDE ? 0 : INDEX]; }
DEV const TensorMap* weightsOf(const ChainArgs& p) { return IS_BESIDE ? &p.besideWeights : &p.b[IS_BESIDE ? 0 : INDEX]; }

DEV void bringWeights(const ChainArgs& p, u32 base, Ring& ring, bool brings) {
    constexpr int ROWS = ACROSS * 64 / CLUSTER;  // of each block of the cluster
    const int rank = CLUSTER > 1 ? (int)blockInCluster() : 0;
    int pass = 0, unit = 0;
#pragma unroll 1
    for (int i = 0; i < PASSES * UNITS; i++) {
        waitFor(base + EMPTY + ring.at * 8, ring.phase);
        const u32 to = base + RING_AT + ring.at * STAGE_BYTES + rank * (ROWS * IN_ROW), full = base + FULL + ring.at * 8;
        if (brings) {
            expectBytes(full, ACROSS * 64 * IN_ROW);
            const int k = unit * (IN_ROW / (int)sizeof(T)), row = (pass * CLUSTER + rank) * ROWS;
            if (CLUSTER > 1) copyBoxToAll(to, weightsOf(p), k, row, full, (1 << CLUSTER) - 1);
            else copyBox2(to, weightsOf(p), k, row, full);
        }
        if (++unit == UNITS) unit = 0, pass++;
        ring.next();
    }
}
//! Describes to the copy engine what it will bring and store only later.
DEV void prefetchMaps(const ChainArgs& p) {
    if (BRINGS_LIKE) prefetchMap(&p.like[INDEX]);
    if (STORES) prefetchMap(&p.y[INDEX]);
}
//! The pixels that the windows of the block's lines read, of which those between steps lie by themselves.
DEV void bringWindows(const ChainArgs& p, u32 base, const Corner& at) {
    expectBytes(base + LINES, CHUNKS * STRIDE * STRIDE * WINDOW_ROWS * IN_ROW);
    u32 to = base + IN_AT;
#pragma unroll 1
    for (int chunk = 0; chunk < CHUNKS; chunk++)
#pragma unroll
        for (int y = 0; y < STRIDE; y++)
#pragma unroll
            for (int x = 0; x < STRIDE; x++, to += PLANE_BYTES)
                copyBox4(to, &p.a, chunk * (IN_ROW / (int)sizeof(T)), at.w * STRIDE + x - PAD, at.h * STRIDE + y - PAD, at.image,
                         base + LINES);
}
//! The pixels of a convolution beside the links.
DEV void bringOwn(const ChainArgs& p, u32 base, const Corner& at) {
    expectBytes(base + BESIDE_LINES, CHUNKS * DOWN * WIDE * IN_ROW);
#pragma unroll 1
    for (int chunk = 0; chunk < CHUNKS; chunk++)
        copyBox4(base + IN_AT + chunk * IN_CHUNK, &p.besideImage, chunk * (IN_ROW / (int)sizeof(T)), at.w * STEP, at.h * STEP,
                 at.image, base + BESIDE_LINES);
}
//! The operand like the result, to where that will lie.
DEV void bringLike(const ChainArgs& p, u32 base, const Corner& at) {
    if (!BRINGS_LIKE) return;
    expectBytes(base + LIKE + INDEX * 8, PANELS * DOWN * WIDE * OUT_ROW);
#pragma unroll 1
    for (int panel = 0; panel < PANELS; panel++)
#pragma unroll
        for (int line = 0; line < DOWN; line++)
            copyBox4(base + OUT_AT + panel * OUT_PANEL + line * (PIXELS * OUT_ROW), &p.like[INDEX],
                     panel * (OUT_ROW / (int)sizeof(T)), at.w, at.h + line, at.image, base + LIKE + INDEX * 8);
}

//! By how much a tap of the window shifts the pixels, in pieces of 16 bytes.
DEV u32 shiftOf(int y, int x) {
    const int plane = y % STRIDE * STRIDE + x % STRIDE, row = y / STRIDE * WINDOW_PITCH + x / STRIDE;
    return plane * (PLANE_BYTES / 16) + row * (IN_ROW / 16);
}

//! Begins sums of 64 channels of a line; the last products may still run. `last`: the stage that they read.
DEV void multiplySlab(Sum (&acc)[BN / 2], Worker& w, u32& last) {
    const u32 weights = describe(w.base + RING_AT + w.across * (64 * IN_ROW)),
              pixels = describe(w.base + IN_AT + w.down * IN_LINE);
    int x = 0, y = 0, chunk = 0;
#pragma unroll 1
    for (int i = 0; i < UNITS; i++) {
        waitFor(w.base + FULL + w.ring.at * 8, w.ring.phase);
        const u32 a = weights + w.ring.at * (STAGE_BYTES / 16), b = pixels + chunk * (IN_CHUNK / 16) + shiftOf(y, x);
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
        for (int k = 0; k < IN_ROW / 32; k++)
            multiplyGroup(acc, described<IN_ROW>(a + k * 2), described<IN_ROW>(b + k * 2), i > 0 || k > 0);
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
        if (UNITS > 1) {
            asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
            if (i > 0) giveBack(last, w);
        }
        last = w.base + EMPTY + w.ring.at * 8;
        w.ring.next();
        if (++chunk == CHUNKS) {
            chunk = 0;
            if (++x == TAPS) x = 0, y++;
        }
    }
}
DEV void endSlab(const Worker& w, u32 last) {
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
    giveBack(last, w);
}

//! Operands of the thread's two channels, each as often as the thread has it among four sums: of all slabs where these are
//! few, as loading them takes longer than a slab does, else of one.
struct Channels {
    static constexpr int V = 2 / sizeof(T), KEPT = PASSES <= MOST_KEPT ? PASSES : 1;
    Behind<V> kept[KEPT][2 / V];
    //! Of the first of the warp's channels in a slab; of one that is not there something else.
    __device__ __forceinline__ void load(const LinkArgs& a, const Worker& w, int pass) {
        const int slab = min(pass * ACROSS + w.across, SLABS - 1), first = slab * 64 + w.warp * 16;
#pragma unroll
        for (int i = 0; i < 2 / V; i++) kept[pass % KEPT][i].loadColumns(a, first + i * 8 + w.lane / 4 * V);
    }
    //! For the first slabs, once before the kernel in front has ended and once behind.
    __device__ __forceinline__ void begin(const ChainArgs& p, const Worker& w, bool early) {
        if (early != EARLY) return;
#pragma unroll
        for (int pass = 0; pass < KEPT; pass++) load(argsOf(p), w, pass);
    }
    __device__ __forceinline__ void give(Behind<4>& to, int pass) const {
#pragma unroll
        for (int i = 0; i < 4 / V; i++) to.putColumns(kept[pass % KEPT][V == 1 ? i / 2 : 0], i);
    }
};

DEV void finishSlab(const LinkArgs& a, const Sum (&acc)[BN / 2], Channels& channels, const Worker& w, int pass) {
    constexpr int MATRICES = sizeof(T), TOGETHER = 4 / MATRICES;  // of 8 pixels; pixels in steps of 8 at once
    const int slab = pass * ACROSS + w.across;
    const u32 byte = (slab * 64 + w.warp * 16) * (u32)sizeof(T), matrix = w.lane / 8, line = w.lane % 8;
    const u32 panel = w.base + OUT_AT + byte / OUT_ROW * OUT_PANEL + w.down * (PIXELS * OUT_ROW);
    const u32 piece = byte % OUT_ROW / 16 + matrix % MATRICES, pixel = matrix / MATRICES * 8 + line;
    const u32 place = panel + pixel * OUT_ROW + ((piece ^ (OUT_ROW == 128 ? line : line / 2)) << 4);
    Behind<4> all, behind;
    channels.give(all, pass);
    behind.exponent = EXPONENT | w.base >> 31;  // in a register
    if (Channels::KEPT < PASSES && pass + 1 < PASSES) channels.load(a, w, pass + 1);
    if (SLABS % ACROSS != 0 && slab >= SLABS) return;
#pragma unroll
    for (int j = 0; j < STEPS; j += TOGETHER) {
        __align__(16) u32 like[4], made[4] = {0, 0, 0, 0};
        if (READS_LIKE) loadTurned(like, place + j * (8 * OUT_ROW));
#pragma unroll
        for (int i = 0; i < TOGETHER; i++) {
            if (j + i >= STEPS) break;
            const Sum* s = acc + (j + i) * 4;
            const bool pairs = sizeof(T) == 1;
            const float sum[4] = {(float)s[0], (float)s[pairs ? 2 : 1], (float)s[pairs ? 1 : 2], (float)s[3]};
            behind.shareColumns(all);
            if (READS_LIKE) behind.takeLike(like + i * MATRICES);
            const Finished<4> y = finished<4>(a, behind, sum);
#pragma unroll
            for (int m = 0; m < MATRICES; m++) made[i * MATRICES + m] = y.p.word[m];
        }
        storeTurned(place + j * (8 * OUT_ROW), made);
    }
}

DEV void run(const ChainArgs& p, Worker& w, Channels& channels) {
    const LinkArgs& a = argsOf(p);
    Sum even[BN / 2], odd[BN / 2];
    u32 last = 0;
    if (INDEX == 0) waitFor(w.base + LINES, 0);
    if (IS_BESIDE) waitFor(w.base + BESIDE_LINES, 0);
    if (BRINGS_LIKE) waitFor(w.base + LIKE + INDEX * 8, 0);
    // While one slab is finished, the next is multiplied.
    multiplySlab(even, w, last);
    int pass = 0;
#pragma unroll(PASSES <= MOST_KEPT ? PASSES : 1)
    for (; pass + 2 < PASSES; pass += 2) {
        endSlab(w, last);
        multiplySlab(odd, w, last);
        finishSlab(a, even, channels, w, pass);
        endSlab(w, last);
        multiplySlab(even, w, last);
        finishSlab(a, odd, channels, w, pass + 1);
    }
    endSlab(w, last);
    if (PASSES % 2 == 0) multiplySlab(odd, w, last);
    finishSlab(a, even, channels, w, pass);
    if (PASSES % 2 == 0) {
        endSlab(w, last);
        finishSlab(a, odd, channels, w, pass + 1);
    }
    shareWithCopies();
    asm volatile("bar.sync %0, %1;" ::"r"(1 + w.down), "n"(ACROSS * 128) : "memory");
    if (STORES && w.across == 0 && w.warp == 0 && isElected()) {
#pragma unroll 1
        for (int panel = 0; panel < PANELS; panel++)
            storeBox4(&p.y[INDEX], w.base + OUT_AT + panel * OUT_PANEL + w.down * (PIXELS * OUT_ROW),
                      panel * (OUT_ROW / (int)sizeof(T)), w.corner.w, w.corner.h + w.down, w.corner.image);
        commitStores();
    }
}
