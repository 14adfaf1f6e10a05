// SPDX-License-Identifier: Apache-2.0
struct Slots {
    u32 full, empty, memory;  // addresses
    int at = 0;
    u32 phase = 0;
    __device__ __forceinline__ Slots(u32 base, u32 memory) : full(base), empty(base + STAGES * 8), memory(memory) {}
    __device__ __forceinline__ void next() {
        if (++at == STAGES) at = 0, phase ^= 1;
    }
};

DEV void produce(const Args& p, Slots slots, u32 weights, u32 arrived, int column, bool brings) {
    const int units = p.windowH * p.windowW * p.chunks;
    if (brings) {
        prefetchMap(&p.a);
        expectBytes(arrived, units * BN * ROW);
#pragma unroll 1
        for (int u = 0; u < units; u++) copyBox2(weights + u * BN * ROW, &p.b, u * KE, column, arrived);
    }
    ready();
    const int apart = quotient(gridDim.x, p.across);
#pragma unroll 1
    for (int tile = quotient(blockIdx.x, p.across); tile < p.tiles; tile += apart) {
        const int image = quotient(tile, p.tilesOfImage), h = (tile - image * p.tilesOfImage.d) * p.lines - p.padH;
        waitFor(slots.empty + slots.at * 8, slots.phase ^ 1);
        const u32 barrier = slots.full + slots.at * 8, to = slots.memory + slots.at * p.slotBytes;
        if (brings) expectBytes(barrier, p.chunks * p.boxBytes);
#pragma unroll 1
        for (int c = 0; c < p.chunks; c++)
            if (brings) copyBox4(to + c * p.planeBytes, &p.a, c * KE, -p.padW, h, image, barrier);
        slots.next();
    }
}

//! Sums of 64 places from `first`, an address.
DEV void multiplyPlaces(const Args& p, Sum (&acc)[BN / 2], u32 first, u32 weights) {
    u32 db = describe(weights);
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll 1
    for (int y = 0; y < p.windowH; y++) {
#pragma unroll 1
        for (int x = 0; x < p.windowW; x++) {
#pragma unroll 1
            for (int c = 0; c < p.chunks; c++, db += BN * ROW / 16) {
                const u32 da = describe(first + c * p.planeBytes + (y * p.line.d + x) * ROW);
#pragma unroll
                for (int k = 0; k < ROW / 32; k++)
                    multiplyGroup(acc, described<ROW>(da + k * 2), described<ROW>(db + k * 2), x + y + c + k > 0);
            }
        }
    }
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
}

DEV void consume(const Args& p, Slots slots, u32 weights, u32 arrived, int group, int firstColumn,
                 const volatile u32* exponent) {
    const int lane = threadIdx.x & 31, upper = (threadIdx.x >> 5 & 3) * 16 + (lane >> 2);  // row of the product; 8 below another
    ready();
    int column = firstColumn + (lane & 3) * V;
    const Behind<V> all = behindAll(p, column, exponent);
    waitFor(arrived, 0);
    const int apart = quotient(gridDim.x, p.across);
#pragma unroll 1
    for (int tile = quotient(blockIdx.x, p.across); tile < p.tiles; tile += apart) {
        const int image = quotient(tile, p.tilesOfImage), h0 = (tile - image * p.tilesOfImage.d) * p.lines;
        waitFor(slots.full + slots.at * 8, slots.phase);
#pragma unroll 1
        for (int part = group; part < p.parts; part += GROUPS) {
            Sum acc[BN / 2];
            multiplyPlaces(p, acc, slots.memory + slots.at * p.slotBytes + part * 64 * ROW, weights);
            if (part + GROUPS >= p.parts && lane == 0) arriveAt(slots.empty + slots.at * 8);
            if (SPANS > 1) asm volatile("" : "+r"(column));  // lest what all tiles read wait in registers
            i64 to[2];
            bool there[2];
#pragma unroll
            for (int half = 0; half < 2; half++) {
                const int place = part * 64 + upper + half * 8, y = quotient(place, p.line), x = place - y * p.line.d;
                to[half] = (((i64)image * p.height + h0 + y) * p.width + x) * p.N + column;
                there[half] = y < p.lines && h0 + y < p.height && x < p.width;
            }
#pragma unroll
            for (int s = 0; s < SPANS; s++) {
                Behind<V> behind = all;
                if (SPANS > 1) behind.loadVectors(p, column + s * SPAN);
                const Finished<V> y0 = finishedSpan(p, behind, acc, s, 0), y1 = finishedSpan(p, behind, acc, s, 1);
                storeSpan(p, y0, to[0] + s * SPAN, there[0]);
                storeSpan(p, y1, to[1] + s * SPAN, there[1]);
            }
        }
        if (group >= p.parts && lane == 0) arriveAt(slots.empty + slots.at * 8);
        slots.next();
    }
}

KERNEL __launch_bounds__(THREADS, 1) sliding(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, group = uniform(tid >> 7);
    volatile u32* exponent = (volatile u32*)(memory + 1008);
    const u32 base = sharedAddress(memory), arrived = base + STAGES * 16, weights = base + 1024;
    const Slots slots(base, weights + p.windowH * p.windowW * p.chunks * BN * ROW);
    const int column = (blockIdx.x - quotient(blockIdx.x, p.across) * p.across.d) * BN;
    begin();
    if (tid < STAGES) {
        initBarrier(slots.full + tid * 8, 1);
        initBarrier(slots.empty + tid * 8, GROUPS * 4);
    }
    if (tid == 0) {
        initBarrier(arrived, 1);
        *exponent = EXPONENT;
    }
    publishBarriers();
    __syncthreads();
    // The whole warp walks along, so that what is the same in all threads stays in registers of the warp.
    if (group == GROUPS) produce(p, slots, weights, arrived, column, isElected());
    else consume(p, slots, weights, arrived, group, column, exponent);
}
