// SPDX-License-Identifier: Apache-2.0
DEV void bring(const JoinedArgs& p, u32 base, bool brings) {
    const int m0 = blockIdx.x * BM, n0 = blockIdx.y * BN, image = quotient(m0, p.pixels), rest = m0 - image * p.pixels.d,
              h = quotient(rest, p.width), w = rest - h * p.width.d;
    if (brings) prefetchMap(&p.beside.a), prefetchMap(&p.own.a);
#pragma unroll 1
    for (int i = 0; i < UNITS; i++) {
        const bool isOwn = i >= BESIDE_UNITS;
        const int k = (isOwn ? i - BESIDE_UNITS : i) * KE;
        if (!brings) continue;
        expectBytes(base + i * 8, STAGE_BYTES);
        copyBox2(base + DATA_AT + i * STAGE_BYTES + BM * ROW, isOwn ? &p.own.b : &p.beside.b, k, n0, base + i * 8);
    }
    ready();
#pragma unroll 1
    for (int i = 0; i < UNITS; i++) {
        const bool isOwn = i >= BESIDE_UNITS;
        const int k = (isOwn ? i - BESIDE_UNITS : i) * KE;
        const u32 to = base + DATA_AT + i * STAGE_BYTES, barrier = base + i * 8;
        if (!brings) continue;
        if (!isOwn && p.windows) copyWindows(to, &p.beside.a, k, w * p.strideW, h * p.strideH, image, barrier, 0, 0);
        else copyBox2(to, isOwn ? &p.own.a : &p.beside.a, k, m0, barrier);
    }
}

//! Begins sums of COUNT pieces of k; `rows` and `columns` describe the first one's.
template <int COUNT>
DEV void multiplyUnits(Sum (&acc)[32], u32 barrier, u32 rows, u32 columns) {
#pragma unroll 1
    for (int i = 0; i < COUNT; i++) {
        waitFor(barrier + i * 8, 0);
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
        for (int k = 0; k < ROW / 32; k++)
            multiplyGroup(acc, described<ROW>(rows + i * (STAGE_BYTES / 16) + k * 2),
                          described<ROW>(columns + i * (STAGE_BYTES / 16) + k * 2), i > 0 || k > 0);
    }
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

//! The eight neighbours of a thread in one of its two rows, of 32 columns.
DEV void takeSums(float (&to)[8], const Sum (&acc)[32], int part, int row) {
#pragma unroll
    for (int i = 0; i < 8; i++) to[i] = (float)acc[part * 16 + i / 2 * 4 + row * 2 + i % 2];
}

DEV void consume(const JoinedArgs& p, u32 base, int warp, int lane) {
    const int m = blockIdx.x * BM + warp % 4 * 16 + lane / 4, n = blockIdx.y * BN + warp / 4 * 64 + lane % 4 * 8;
    beside::Behind<8> besides[2];
    own::Behind<8> owns[2];
    const auto load = [&](bool early) {
#pragma unroll
        for (int part = 0; part < 2; part++) {
            if (early == beside::EARLY) besides[part].loadColumns(p.beside, n + part * 32);
            if (early == own::EARLY) owns[part].loadColumns(p.own, n + part * 32);
        }
    };
    load(true);
    ready();
    load(false);
    const u32 rows = describe(base + DATA_AT), columns = describe(base + DATA_AT + (BM + warp / 4 * 64) * ROW);
    Sum first[32], second[32];
    multiplyUnits<BESIDE_UNITS>(first, base, rows, columns);
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
    constexpr int BEHIND = BESIDE_UNITS * (STAGE_BYTES / 16);
    multiplyUnits<OWN_UNITS>(second, base + BESIDE_UNITS * 8, rows + BEHIND, columns + BEHIND);
    beside::Finished<8> like[2][2];
#pragma unroll
    for (int part = 0; part < 2; part++)
#pragma unroll
        for (int row = 0; row < 2; row++) {
            float sum[8];
            takeSums(sum, first, part, row);
            like[part][row] = beside::finished<8>(p.beside, besides[part], sum);
        }
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
#pragma unroll
    for (int part = 0; part < 2; part++)
#pragma unroll
        for (int row = 0; row < 2; row++) {
            float sum[8];
            takeSums(sum, second, part, row);
            owns[part].takeLike(&like[part][row]);
            const own::Finished<8> y = own::finished<8>(p.own, owns[part], sum);
            if (m + row * 8 < p.M) *(own::Finished<8>*)((own::R*)p.own.y + (i64)(m + row * 8) * p.N + n + part * 32) = y;
        }
}

KERNEL __launch_bounds__(THREADS, RESIDENT) joined(const __grid_constant__ JoinedArgs p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, warp = uniform(tid >> 5);
    const u32 base = sharedAddress(memory);
    begin();
    if (tid < UNITS) initBarrier(base + tid * 8, 1);
    publishBarriers();
    __syncthreads();
    if (warp == GROUPS * 4) bring(p, base, isElected());
    else consume(p, base, warp, tid & 31);
}
