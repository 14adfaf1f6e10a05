// SPDX-License-Identifier: Apache-2.0
constexpr int LIKES = BN * LIKE_BYTES / ROW, OF_PIECE = LIKES > 0 ? SPANS / LIKES : 1;
static_assert(LIKES * ROW == BN * LIKE_BYTES && SPANS % (LIKES > 0 ? LIKES : 1) == 0, "whole pieces");

struct Ring {
    u32 full, empty, pieces;  // addresses
    int at = 0;
    u32 phase = 0;
    __device__ __forceinline__ Ring(u32 base, u32 all, int group)
        : full(base + group * STAGES * 16), empty(full + STAGES * 8), pieces(all + group * STAGES * PIECE) {}
    __device__ __forceinline__ void next() {
        if (++at == STAGES) at = 0, phase ^= 1;
    }
    __device__ __forceinline__ u32 piece() const { return pieces + at * PIECE; }
    __device__ __forceinline__ void waitFull() const { waitFor(full + at * 8, phase); }
    //! The barrier that counts the bytes of a piece which is free now.
    __device__ __forceinline__ u32 take(bool brings) const {
        waitFor(empty + at * 8, phase ^ 1);
        if (brings) expectBytes(full + at * 8, PIECE);
        return full + at * 8;
    }
};
//! Tiles of a group: the first, and how far apart they are.
struct Walk {
    int column, first, apart;
    __device__ __forceinline__ Walk(const Args& p, int group) {
        const int line = quotient(blockIdx.x, p.across);
        column = (blockIdx.x - line * p.across.d) * BN;
        first = line * GROUPS + group;
        apart = quotient(gridDim.x, p.across) * GROUPS;
    }
};

DEV void produce(const Args& p, Ring ring, u32 weights, u32 arrived, int group, bool brings) {
    const Walk walk(p, group);
    const int units = p.taps * p.chunks;
    if (brings) prefetchMap(&p.a);
    if (brings && LIKES > 0) prefetchMap(&p.like);
    if (brings && group == 0) {
        expectBytes(arrived, units * BN * ROW);
#pragma unroll 1
        for (int u = 0; u < units; u++) copyBox2(weights + u * BN * ROW, &p.b, u * KE, walk.column, arrived);
    }
    ready();
#pragma unroll 1
    for (int tile = walk.first; tile < p.tiles; tile += walk.apart) {
        const int m0 = tile * 64, image = quotient(m0, p.pixels), rest = m0 - image * p.pixels.d, h = quotient(rest, p.width),
                  w0 = (rest - h * p.width.d) * p.strideW - p.padW, h0 = h * p.strideH - p.padH;
        int tapX = 0, tapY = 0, chunk = 0;
#pragma unroll 1
        for (int unit = 0; unit < units; unit++) {
            const u32 barrier = ring.take(brings), to = ring.piece();
            if (brings && p.windows) copyWindows(to, &p.a, chunk * KE, w0, h0, image, barrier, tapX, tapY);
            if (brings && !p.windows) copyBox2(to, &p.a, unit * KE, m0, barrier);
            if (++chunk == p.chunks) {
                chunk = 0;
                if (++tapX == p.windowW) tapX = 0, tapY++;
            }
            ring.next();
        }
#pragma unroll 1
        for (int i = 0; i < LIKES; i++) {
            const u32 barrier = ring.take(brings);
            if (brings) copyBox2(ring.piece(), &p.like, walk.column + i * (BN / (LIKES > 0 ? LIKES : 1)), m0, barrier);
            ring.next();
        }
    }
}

DEV void consume(const Args& p, Ring ring, const unsigned char* pieces, u32 weights, u32 arrived, int group,
                 const volatile u32* exponent) {
    const int lane = threadIdx.x & 31, upper = (threadIdx.x >> 5 & 3) * 16 + (lane >> 2);  // row of the tile; 8 below another
    const u32 da = describe(ring.pieces), db = describe(weights);
    const auto release = [&](int at) {
        __syncwarp();
        if (lane == 0) arriveAt(ring.empty + at * 8);
    };
    ready();
    const Walk walk(p, group);
    const int units = p.taps * p.chunks;
    int column = walk.column + (lane & 3) * V;
    const Behind<V> all = behindAll(p, column, exponent);
    waitFor(arrived, 0);
#pragma unroll 1
    for (int tile = walk.first; tile < p.tiles; tile += walk.apart) {
        Sum acc[BN / 2];
        int before = 0;
#pragma unroll 1
        for (int u = 0; u < units; u++) {
            ring.waitFull();
            asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
            for (int k = 0; k < ROW / 32; k++)
                multiplyGroup(acc, described<ROW>(da + ring.at * (PIECE / 16) + k * 2),
                              described<ROW>(db + u * (BN * ROW / 16) + k * 2), u > 0 || k > 0);
            asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
            asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
            if (u > 0) release(before);
            before = ring.at;
            ring.next();
        }
        asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
        release(before);
        if (SPANS > 1) asm volatile("" : "+r"(column));  // lest what all tiles read wait in registers
        const int m = tile * 64 + upper;
        const i64 at = (i64)m * p.N + column;
#pragma unroll
        for (int s = 0; s < SPANS; s++) {
            if (LIKES > 0 && s % OF_PIECE == 0) ring.waitFull();
            Behind<V> rows[2] = {all, all};
            if (SPANS > 1) rows[0].loadVectors(p, column + s * SPAN);
            rows[1] = rows[0];
            if constexpr (LIKES > 0) {
#pragma unroll
                for (int half = 0; half < 2; half++) {
                    const int row = upper + half * 8, byte = (s % OF_PIECE * SPAN + (lane & 3) * V) * LIKE_BYTES;
                    const int swap = ROW == 128 ? row & 7 : row >> 1 & 3;
                    rows[half].takeLike(pieces + (ring.at * PIECE + row * ROW + ((byte >> 4 ^ swap) << 4 | (byte & 15))));
                }
                if (s % OF_PIECE == OF_PIECE - 1) {
                    shareWithCopies();  // what was read here is read before a copy takes its place
                    release(ring.at);
                    ring.next();
                }
            }
            const Finished<V> y0 = finishedSpan(p, rows[0], acc, s, 0), y1 = finishedSpan(p, rows[1], acc, s, 1);
            storeSpan(p, y0, at + s * SPAN, m < p.M);
            storeSpan(p, y1, at + s * SPAN + 8 * (i64)p.N, m + 8 < p.M);
        }
    }
}

KERNEL __launch_bounds__(THREADS, 1) staying(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, warp = uniform(tid >> 5), group = warp >> 2;
    const u32 base = sharedAddress(memory), arrived = base + 1016, weights = base + 1024;
    volatile u32* exponent = (volatile u32*)(memory + 1008);
    const int weightBytes = p.taps * p.chunks * BN * ROW;
    begin();
    if (tid < GROUPS * STAGES) {
        initBarrier(base + tid / STAGES * STAGES * 16 + tid % STAGES * 8, 1);
        initBarrier(base + tid / STAGES * STAGES * 16 + (STAGES + tid % STAGES) * 8, 4);
    }
    if (tid == 0) {
        initBarrier(arrived, 1);
        *exponent = EXPONENT;
    }
    publishBarriers();
    __syncthreads();
    if (group == GROUPS) {
        asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(GROUPS == 2 ? 40 : GROUPS == 3 ? 32 : 24));
        // The whole warp walks along, so that what is the same in all threads stays in registers of the warp.
        const int mine = warp - GROUPS * 4;
        if (mine < GROUPS) produce(p, Ring(base, weights + weightBytes, mine), weights, arrived, mine, isElected());
        else ready();
    } else {
        asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(GROUPS == 2 ? 232 : GROUPS == 3 ? 160 : 112));
        consume(p, Ring(base, weights + weightBytes, group), memory + 1024 + weightBytes + group * STAGES * PIECE, weights,
                arrived, group, exponent);
    }
}
