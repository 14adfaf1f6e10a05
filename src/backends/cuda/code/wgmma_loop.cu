// SPDX-License-Identifier: Apache-2.0
// The loop over tiles: one block on each multiprocessor takes tile after tile, so that the copies for the next tiles run
// while this one is finished. The CLUSTER blocks of a cluster (1 or 2) stand below each other and take the same columns,
// which each brings in part and sends to both. Each warp finishes its 16 rows by itself, 64 columns at a time; a thread has 4 places of
// 8 columns there, whose operands are loaded 64 columns ahead.
DEV void copyBox2ToAll(u32 to, const TensorMap* map, int c0, int c1, u32 barrier) {
    asm volatile(
        "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1, {%2, %3}], "
        "[%4], %5;" ::"r"(to),
        "l"(map), "r"(c0), "r"(c1), "r"(barrier), "h"((short)((1 << CLUSTER) - 1))
        : "memory");
}
DEV void arriveAtBlock(u32 barrier, u32 block) {
    asm volatile("mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%0];" ::"r"(addressIn(barrier, block)) : "memory");
}

constexpr int LINE = 68, CHUNKS = BN / 64, SETS = BY_ROW ? 4 : 1;

DEV void loadBehind(const Args& p, Behind<8> (&behind)[SETS], int row, int column) {
#pragma unroll
    for (int t = 0; t < SETS; t++) {
        const int m = row + t * 4;
        if (!BY_ROW || m < p.M) behind[t].load(p, (i64)m * p.N + column, column, m);
    }
}
DEV void finishPlace(const Args& p, const Behind<8>& behind, const float* from, i64 yAt) {
    const float4 x = *(const float4*)from, y = *(const float4*)(from + 4);
    const float sum[8] = {x.x, x.y, x.z, x.w, y.x, y.y, y.z, y.w};
    finish<8>(p, behind, sum, yAt);
}

DEV void produce(const Args& p, u32 base, u32 ring, u32 rank, int works) {
    constexpr int PART = BN / CLUSTER;
    const u32 full = base, empty = base + 64;
    const int units = p.taps * p.chunks, early = STAGES < units ? STAGES : units;
    const auto bringB = [&](u32 s, int unit, int n0) {
        expectBytes(full + s * 8, STAGE_BYTES);
        const u32 to = ring + s * STAGE_BYTES + BM * 128 + rank * PART * 128;
        if (CLUSTER > 1) copyBox2ToAll(to, &p.b, unit * KE, n0 + rank * PART, full + s * 8);
        else copyBox2(to, &p.b, unit * KE, n0, full + s * 8);
    };
    int w = blockIdx.x, stage = 0, brought = 0;
    u32 phase = 1;
    {
        const int n0 = (w - quotient(w, p.acrossOf) * p.acrossOf.d) * BN;
#pragma unroll 1
        for (; brought < early; brought++) bringB(brought, brought, n0);
    }
    ready();
#pragma unroll 1
    for (; w < works; w += gridDim.x) {
        const int down = quotient(w, p.acrossOf), n0 = (w - down * p.acrossOf.d) * BN, m0 = (down * CLUSTER + rank) * BM;
        const int image = quotient(m0, p.pixels), rest = m0 - image * p.pixels.d, h = quotient(rest, p.width),
                  w0 = (rest - h * p.width.d) * p.strideW - p.padW, h0 = h * p.strideH - p.padH;
        int tapX = 0, tapY = 0, chunk = 0;
#pragma unroll 1
        for (int unit = 0; unit < units; unit++) {
            if (brought > 0) {
                brought--;
            } else {
                waitFor(empty + stage * 8, phase);
                bringB(stage, unit, n0);
            }
            const u32 to = ring + stage * STAGE_BYTES, barrier = full + stage * 8;
            if (p.windows) copyWindows(to, &p.a, chunk * KE, w0, h0, image, barrier, tapX, tapY);
            else copyBox2(to, &p.a, unit * KE, m0, barrier);
            if (++chunk == p.chunks) {
                chunk = 0;
                if (++tapX == p.windowW) tapX = 0, tapY++;
            }
            if (++stage == STAGES) stage = 0, phase ^= 1;
        }
    }
}

KERNEL __launch_bounds__(THREADS, RESIDENT) wgmma(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, warp = tid >> 5, lane = tid & 31, works = p.works;
    const u32 base = sharedAddress(memory), ring = base + 1024, full = base, empty = base + 64,
              rank = CLUSTER > 1 ? blockInCluster() : 0;
    begin();
    if (tid < STAGES) initBarrier(full + tid * 8, 1);
    else if (tid < 2 * STAGES) initBarrier(empty + (tid - STAGES) * 8, GROUPS * CLUSTER);
    publishBarriers();
    if (CLUSTER > 1) {
        arriveCluster();
        waitCluster();
    } else {
        __syncthreads();
    }
    if (warp >= GROUPS * 4) {
        if (BN > 128 && GROUPS == 2) asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
        if (warp == GROUPS * 4 && lane == 0) produce(p, base, ring, rank, works);
        else ready();
    } else {
        if (BN > 128 && GROUPS == 2) asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
        const auto describe = [](u32 at) {
            return (u64)((at & 0x3ffff) >> 4) | (1ull << 16) | (64ull << 32) | (1ull << 62);
        };
        const u64 da = describe(ring + (warp >> 2) * 64 * 128), db = describe(ring + BM * 128);
        float* lines = (float*)(memory + 1024 + STAGES * STAGE_BYTES) + warp * 16 * LINE;
        const auto release = [&](int stage) {
            if ((tid & 127) != 0) return;
            if (CLUSTER == 1) arriveAt(empty + stage * 8);
#pragma unroll
            for (int r = 0; CLUSTER > 1 && r < CLUSTER; r++) arriveAtBlock(empty + stage * 8, r);
        };
        const int units = p.taps * p.chunks;
        int stage = 0;
        u32 phase = 0;
        ready();
#pragma unroll 1
        for (int w = blockIdx.x; w < works; w += gridDim.x) {
            const int down = quotient(w, p.acrossOf), column = (w - down * p.acrossOf.d) * BN + (lane & 7) * 8,
                      row = (down * CLUSTER + rank) * BM + warp * 16 + (lane >> 3);
            Behind<8> behind[SETS], next[SETS];
            loadBehind(p, behind, row, column);
            float acc[BN / 2];
            int before = 0;
#pragma unroll 1
            for (int i = 0; i < units; i++) {
                waitFor(full + stage * 8, phase);
                asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
                for (int k = 0; k < 4; k++)
                    multiplyGroup(acc, da + (u64)(stage * STAGE_BYTES / 16 + k * 2), db + (u64)(stage * STAGE_BYTES / 16 + k * 2),
                                  i > 0 || k > 0);
                asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
                asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
                if (i > 0) release(before);
                before = stage;
                if (++stage == STAGES) stage = 0, phase ^= 1;
            }
            asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
            release(before);
#pragma unroll 1
            for (int c = 0; c < CHUNKS; c++) {
                if (c + 1 < CHUNKS) loadBehind(p, next, row, column + (c + 1) * 64);
#pragma unroll
                for (int q = 0; q < CHUNKS; q++) {
                    if (q != c) continue;
#pragma unroll
                    for (int j = 0; j < 8; j++) {
                        float* e = lines + (lane >> 2) * LINE + j * 8 + (lane & 3) * 2;
                        const float* a = acc + (q * 8 + j) * 4;
                        *(float2*)e = make_float2(a[0], a[1]);
                        *(float2*)(e + 8 * LINE) = make_float2(a[2], a[3]);
                    }
                }
                __syncwarp();
                const float* from = lines + (lane >> 3) * LINE + (lane & 7) * 8;
                const int at = column + c * 64;
                const auto finishAt = [&](const Behind<8>& operands, int t) {
                    const int m = row + t * 4;
                    if (m < p.M) finishPlace(p, operands, from + t * 4 * LINE, (i64)m * p.N + at);
                };
                if (BY_ROW) {
#pragma unroll
                    for (int t = 0; t < SETS; t++) finishAt(behind[t], t);
                } else {
#pragma unroll 1
                    for (int t = 0; t < 4; t++) finishAt(behind[0], t);
                }
#pragma unroll
                for (int t = 0; t < SETS; t++) behind[t] = next[t];
                __syncwarp();
            }
        }
    }
    // The other block may still send to this one, or wait for it.
    if (CLUSTER > 1) {
        arriveCluster();
        waitCluster();
    }
}
