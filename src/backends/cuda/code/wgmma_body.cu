// SPDX-License-Identifier: Apache-2.0
constexpr int RECEIVED_BYTES = SPLIT ? (BM * LD * 4 + 1023) / 1024 * 1024 : 0;

#if MEAN
//! The mean over the rows of a tile, of which a thread takes some of eight columns.
struct Results {
    float total[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    __device__ __forceinline__ void add(const Args& p, const Behind<8>& operands, const float* sum, i64) {
        const Finished<8> y = finished<8>(p, operands, sum);
#pragma unroll
        for (int v = 0; v < 8; v++) total[v] += num(y.at(v));
    }
    __device__ __forceinline__ void end(const Args& p, float* room, int n0) {
        const int tid = threadIdx.x;
        __syncthreads();
        float4* own = (float4*)(room + tid * 8);
        own[0] = make_float4(total[0], total[1], total[2], total[3]);
        own[1] = make_float4(total[4], total[5], total[6], total[7]);
        __syncthreads();
        if (tid >= BN || n0 + tid >= p.N) return;
        float all = 0;
#pragma unroll 4
        for (int i = tid; i < THREADS * 8; i += BN) all += room[i];
        R mean;
        put(mean, all / (float)p.pixels.d);
        putMean(p.y, (i64)blockIdx.x * p.N + n0 + tid, num(mean));
    }
};
#else
struct Results {
    __device__ __forceinline__ void add(const Args& p, const Behind<8>& operands, const float* sum, i64 yAt) {
        finish<8>(p, operands, sum, yAt);
    }
    __device__ __forceinline__ void end(const Args&, float*, int) {}
};
#endif

KERNEL __launch_bounds__(THREADS) wgmma(const __grid_constant__ Args p) {
    extern __shared__ __align__(1024) unsigned char memory[];
    const int tid = threadIdx.x, warp = uniform(tid >> 5), lane = tid & 31, n0 = blockIdx.y * BN,
              m0 = blockIdx.x * (MEAN ? (int)p.pixels.d : BM), end = MEAN ? m0 + (int)p.pixels.d : p.M;
    const int blocks = SPLIT ? gridDim.z : 1, units = p.taps * p.chunks;
    const int first = SPLIT ? units * blockIdx.z / blocks : 0, count = (SPLIT ? units * (blockIdx.z + 1) / blocks : units) - first;
    begin();
    const u32 base = sharedAddress(memory), received = base + 1024, ring = received + RECEIVED_BYTES, full = base,
              empty = base + 128, sent = base + 256;
    if (tid < STAGES) initBarrier(full + tid * 8, 1);
    else if (tid < 2 * STAGES) initBarrier(empty + (tid - STAGES) * 8, GROUPS);
    else if (SPLIT && tid == 2 * STAGES) initBarrier(sent, 1);
    publishBarriers();
    __syncthreads();
    if (SPLIT) arriveRelaxed();
    // Operands of the places that this thread finishes are loaded in advance: one set when they are alike in all rows.
    constexpr int PLACES = (BM * (BN / 8) + THREADS - 1) / THREADS;
    constexpr bool AHEAD = !BY_ROW || PLACES <= 4;
    constexpr int SETS = AHEAD && BY_ROW ? PLACES : 1;
    static_assert(THREADS % (BN / 8) == 0, "all places of a thread are in the same columns");
    const int rows = BM / blocks, rank = SPLIT ? (int)blockInCluster() : 0, places = rows * (BN / 8);
    Behind<8> behind[SETS];
    const auto load = [&](Behind<8>& to, int i) {
        const int r = i / (BN / 8), c = i % (BN / 8) * 8, m = m0 + rank * rows + r;
        if (n0 + c >= p.N || (BY_ROW && (i >= places || m >= end))) return;
        to.loadRows(p, (i64)m * p.N + n0 + c, m);
    };
    const auto loadAhead = [&] {
        if (const int c = tid % (BN / 8) * 8; n0 + c < p.N) behind[0].loadColumns(p, n0 + c);
        if (!AHEAD) return;
#pragma unroll
        for (int t = 0; t < SETS; t++) {
            behind[t].shareColumns(behind[0]);
            load(behind[t], tid + t * THREADS);
        }
    };
    float2 factors;  // of a row that two neighbouring threads share
    Sum acc[(SWAPPED ? BM : BN) / 2];
    if (warp >= GROUPS * 4) {
        if (warp == GROUPS * 4) {
            // The whole warp walks along, so that what is the same in all threads stays in registers of the warp.
            const bool brings = isElected();
            if (brings) prefetchMap(&p.a);
            const int image = quotient(m0, p.pixels), rest = m0 - image * p.pixels.d, h = quotient(rest, p.width),
                      w0 = (rest - h * p.width.d) * p.strideW - p.padW, h0 = h * p.strideH - p.padH;
            const auto bringB = [&](int i) {
                const int s = i % STAGES;
                if (!brings) return;
                expectBytes(full + s * 8, STAGE_BYTES);
                copyBox2(ring + s * STAGE_BYTES + BM * ROW, &p.b, (first + i) * KE, n0, full + s * 8);
            };
            const auto bringA = [&](int i) {
                const int s = i % STAGES, unit = first + i;
                const u32 to = ring + s * STAGE_BYTES, barrier = full + s * 8;
                if (!brings) return;
                if (p.windows) {
                    const int tap = quotient(unit, p.chunksOf), c = unit - tap * p.chunks, y = quotient(tap, p.lineOf);
                    copyWindows(to, &p.a, c * KE, w0, h0, image, barrier, tap - y * p.windowW, y);
                } else {
                    copyBox2(to, &p.a, unit * KE, m0, barrier);
                }
            };
            const int early = STAGES < count ? STAGES : count;
#pragma unroll 1
            for (int i = 0; i < early; i++) bringB(i);
            ready();
#pragma unroll 1
            for (int i = 0; i < early; i++) bringA(i);
#pragma unroll 1
            for (int i = early; i < count; i++) {
                waitFor(empty + i % STAGES * 8, ((i / STAGES) & 1) ^ 1);
                bringB(i);
                bringA(i);
            }
        } else {
            ready();
        }
        loadAhead();
    } else {
        const int group = warp >> 2;
        ready();
        loadAhead();
        Factors<2> parts;
        const int mine = m0 + (tid >> 1);
        parts.load(p, mine < p.M ? mine : p.M - 1);
        const u32 rowsAt = describe(ring + (SWAPPED ? 0 : group * 64 * ROW)),
                  columnsAt = describe(ring + (BM + (SWAPPED ? group * 64 : 0)) * ROW), da = SWAPPED ? columnsAt : rowsAt,
                  db = SWAPPED ? rowsAt : columnsAt;
#pragma unroll 1
        for (int i = 0; i < count; i++) {
            const int s = i % STAGES;
            waitFor(full + s * 8, (i / STAGES) & 1);
            asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
            for (int k = 0; k < ROW / 32; k++)
                multiplyGroup(acc, described<ROW>(da + s * (STAGE_BYTES / 16) + k * 2),
                              described<ROW>(db + s * (STAGE_BYTES / 16) + k * 2), i > 0 || k > 0);
            asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
            asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
            if (i > 0 && (tid & 127) == 0) arriveAt(empty + (i - 1) % STAGES * 8);
        }
        asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
        if (FACTORS) factors = parts.get();
    }
    __syncthreads();
    float* sums = (float*)(memory + (ring - base));
    if (SWAPPED && warp < GROUPS * 4) {
#pragma unroll
        for (int j = 0; j < BM / 8; j++) {
            float* e = sums + (j * 8 + (lane & 3) * 2) * LD + warp * 16 + (lane >> 2);
            e[0] = (float)acc[4 * j], e[LD] = (float)acc[4 * j + 1];
            e[8] = (float)acc[4 * j + 2], e[LD + 8] = (float)acc[4 * j + 3];
        }
    } else if (warp < GROUPS * 4) {
#pragma unroll
        for (int j = 0; j < BN / 8; j++) {
            float* e = sums + (warp * 16 + (lane >> 2)) * LD + j * 8 + (lane & 3) * 2;
            *(float2*)e = make_float2((float)acc[4 * j], (float)acc[4 * j + 1]);
            *(float2*)(e + 8 * LD) = make_float2((float)acc[4 * j + 2], (float)acc[4 * j + 3]);
        }
        if (FACTORS && !(tid & 1)) *(float2*)(sums + (tid >> 1) * LD + BN) = factors;  // where rows are filled up
    }
    if (SPLIT) shareWithCopies();
    __syncthreads();
    const float* own = sums + rank * rows * LD;
    if (SPLIT) {
        // Each block finishes some of the rows, for which the others send it their sums.
        const int bytes = rows * LD * 4;
        waitCluster();
        if (tid == 0) expectBytes(sent, (blocks - 1) * bytes);
        if (tid < blocks && tid != rank)
            copyToBlock(addressIn(received + rank * bytes, tid), ring + tid * bytes, bytes, addressIn(sent, tid));
        waitFor(sent, 0);
        arriveRelaxed();
    }
    const auto sumsOf = [&](int block) {
        return SPLIT && block != rank ? (const float*)(memory + 1024) + block * rows * LD : own;
    };
    Results results;
    const auto finishAt = [&](Behind<8>& operands, int i) {
        const int r = i / (BN / 8), c = i % (BN / 8) * 8, m = m0 + rank * rows + r;
        if (i >= places || m >= end || n0 + c >= p.N) return;
        if (FACTORS) operands.factors = *(const float2*)(own + r * LD + BN);
        float sum[8] = {0, 0, 0, 0, 0, 0, 0, 0};
#pragma unroll 1
        for (int k = 0; k < blocks; k++) {
            const float* e = sumsOf(k) + r * LD + c;
            const float4 x = *(const float4*)e, y = *(const float4*)(e + 4);
            sum[0] += x.x, sum[1] += x.y, sum[2] += x.z, sum[3] += x.w;
            sum[4] += y.x, sum[5] += y.y, sum[6] += y.z, sum[7] += y.w;
        }
        results.add(p, operands, sum, (i64)m * p.N + n0 + c);
    };
    if (SETS > 1) {
#pragma unroll
        for (int t = 0; t < SETS; t++) finishAt(behind[t], tid + t * THREADS);
    } else {
#pragma unroll 1
        for (int i = tid; i < places; i += THREADS) {
            if (!AHEAD) load(behind[0], i);
            finishAt(behind[0], i);
        }
    }
    results.end(p, sums, n0);
    if (SPLIT) waitCluster();  // until others have what this block sent
}
