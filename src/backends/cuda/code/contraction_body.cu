// SPDX-License-Identifier: Apache-2.0
constexpr int KE = 128 / (int)sizeof(T), PIECE = 16 / (int)sizeof(T);
constexpr int THREADS = WM * WN * 32, MT = BM / WM / 16, NT = BN / WN / 8;
constexpr int A_BYTES = BM * 128, STAGE_BYTES = (BM + BN) * 128;
constexpr int A_ROWS = BM * 8 / THREADS, B_ROWS = BN * 8 / THREADS, LD = BN + 4;

DEV i64 batchAt(const Args& a, const i64 (&stride)[4], u32 z) {
    i64 at = 0;
#pragma unroll
    for (int d = 3; d >= 0; d--) {
        const u32 q = quotient(z, a.batch[d]);
        at += (i64)(z - q * a.batch[d].d) * stride[d];
        z = q;
    }
    return at;
}

template <int N>
struct Number {
    static constexpr int value = N;
};

DEV void clusterBarrier() {
#if __CUDA_ARCH__ >= 900
    asm volatile("barrier.cluster.arrive.release.aligned;\nbarrier.cluster.wait.acquire.aligned;" ::: "memory");
#endif
}
//! Adds neighbours of another block of the cluster, which stand there at the same shared address.
template <int V>
DEV void addRemote(float (&sum)[V], u32 address, u32 block) {
#if __CUDA_ARCH__ >= 900
    u32 there;
    asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(there) : "r"(address), "r"(block));
    if constexpr (V % 4 == 0) {
#pragma unroll
        for (int v = 0; v < V; v += 4) {
            float4 x;
            asm volatile("ld.shared::cluster.v4.f32 {%0,%1,%2,%3}, [%4];"
                         : "=f"(x.x), "=f"(x.y), "=f"(x.z), "=f"(x.w)
                         : "r"(there + v * 4));
            sum[v] += x.x;
            sum[v + 1] += x.y;
            sum[v + 2] += x.z;
            sum[v + 3] += x.w;
        }
    } else {
        float x;
        asm volatile("ld.shared::cluster.f32 %0, [%1];" : "=f"(x) : "r"(there));
        sum[0] += x;
    }
#endif
}

//! The rows of a that a thread brings.
struct Rows {
    i64 at[A_ROWS];                  // element of the row, or of its image
    i32 d[A_ROWS], h[A_ROWS], w[A_ROWS];  // first place of the window; far outside for rows behind the end
};

DEV void placeRows(const Args& a, Rows& rows, u32 m0, i64 base) {
#pragma unroll
    for (int i = 0; i < A_ROWS; i++) {
        const u32 m = m0 + threadIdx.x / 8 + i * (THREADS / 8);
        const bool there = m < (u32)a.M;
        if (A_MODE == 0 || A_MODE == 3) {
            rows.at[i] = there ? base + (i64)m * a.aRow : -1;
        } else {
            u32 q = quotient(m, a.outW);
            const i32 w = (i32)(m - q * a.outW.d);
            const u32 q2 = quotient(q, a.outH);
            const i32 h = (i32)(q - q2 * a.outH.d);
            const u32 image = quotient(q2, a.outD);
            const i32 d = (i32)(q2 - image * a.outD.d);
            rows.at[i] = base + (i64)image * a.imageStride;
            rows.d[i] = there ? d * a.strideD - a.padD : -(1 << 28);
            rows.h[i] = h * a.strideH - a.padH;
            rows.w[i] = w * a.strideW - a.padW;
        }
    }
}

//! Element k of a row's window, or -1 in the padding.
DEV i64 windowAt(const Args& a, const Rows& rows, int i, u32 k) {
    const u32 tap = quotient(k, a.channels), c = k - tap * a.channels.d;
    const u32 q = quotient(tap, a.windowW), x = tap - q * a.windowW.d;
    const u32 z = quotient(q, a.windowH), y = q - z * a.windowH.d;
    const i32 d = rows.d[i] + (i32)z * a.dilationD, h = rows.h[i] + (i32)y * a.dilationH,
              w = rows.w[i] + (i32)x * a.dilationW;
    if ((u32)d >= (u32)a.inD || (u32)h >= (u32)a.inH || (u32)w >= (u32)a.inW) return -1;
    return rows.at[i] + d * a.depthStride + h * a.heightStride + w * a.widthStride + c;
}

//! The same where k counts channels first and a line of the window lies together.
DEV i64 planeAt(const Args& a, const Rows& rows, int i, u32 k) {
    const u32 c = quotient(k, a.channels), rest = k - c * a.channels.d, y = quotient(rest, a.windowW);
    const i32 h = rows.h[i] + (i32)y * a.dilationH;
    if (rows.d[i] < 0 || (u32)h >= (u32)a.inH) return -1;
    return rows.at[i] + c * a.depthStride + h * a.heightStride + rows.w[i] + (rest - y * a.windowW.d);
}

DEV void bringA(const Args& a, const Rows& rows, u32 shared, unsigned char* memory, int step) {
    const T* from = (const T*)a.a;
    const u32 piece = threadIdx.x & 7, k = step * KE + piece * PIECE;
#pragma unroll
    for (int i = 0; i < A_ROWS; i++) {
        const u32 row = threadIdx.x / 8 + i * (THREADS / 8), to = swizzled(row, piece);
        if (A_MODE == 0 || A_MODE == 1 || A_MODE == 4) {
            i64 at = -1;
            if (k < (u32)a.K)
                at = A_MODE == 1 ? windowAt(a, rows, i, k) : A_MODE == 4 ? planeAt(a, rows, i, k) : rows.at[i] < 0 ? -1 : rows.at[i] + k;
            copyAsync(shared + to, at < 0 ? from : from + at, at >= 0);
        } else {
            Pack<T, PIECE> p;
#pragma unroll
            for (int e = 0; e < PIECE; e++) {
                i64 at = -1;
                if (k + e < (u32)a.K) {
                    at = A_MODE == 2 ? windowAt(a, rows, i, k + e) : rows.at[i] < 0 ? -1 : rows.at[i] + (k + e) * a.aCol;
                }
                if (at >= 0) p.v[e] = from[at];
                else put(p.v[e], 0.f);
            }
            *(Pack<T, PIECE>*)(memory + to) = p;
        }
    }
}

DEV void bringB(const Args& a, i64 base, u32 n0, u32 shared, unsigned char* memory, int step) {
    const T* from = (const T*)a.b + base;
    const u32 piece = threadIdx.x & 7, k = step * KE + piece * PIECE;
#pragma unroll
    for (int i = 0; i < B_ROWS; i++) {
        const u32 row = threadIdx.x / 8 + i * (THREADS / 8), n = n0 + row, to = swizzled(row, piece);
        if (B_MODE == 0) {
            const bool there = n < (u32)a.N && k < (u32)a.K;
            copyAsync(shared + to, there ? from + n * a.bRow + k : from, there);
        } else {
            Pack<T, PIECE> p;
#pragma unroll
            for (int e = 0; e < PIECE; e++) {
                if (n < (u32)a.N && k + e < (u32)a.K) p.v[e] = from[n * a.bRow + (k + e) * a.bCol];
                else put(p.v[e], 0.f);
            }
            *(Pack<T, PIECE>*)(memory + to) = p;
        }
    }
}

KERNEL __launch_bounds__(THREADS) contraction(const __grid_constant__ Args a) {
    extern __shared__ __align__(1024) unsigned char memory[];
    begin();
    const u32 shared = sharedAddress(memory), m0 = blockIdx.x * BM, n0 = blockIdx.y * BN;
    const u32 blocks = SPLIT ? a.split : 1, z = SPLIT ? blockIdx.z / blocks : blockIdx.z;
    const u32 part = SPLIT ? blockIdx.z % blocks : 0;
    const int firstStep = SPLIT ? a.steps * part / blocks : 0;
    const int steps = (SPLIT ? a.steps * (part + 1) / blocks : a.steps) - firstStep;
    const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, wm = warp % WM * (BM / WM), wn = warp / WM * (BN / WN);
    const i64 bBase = batchAt(a, a.bBatch, z);
    Rows rows;
    placeRows(a, rows, m0, batchAt(a, a.aBatch, z));
    Sum acc[MT][NT][4];
#pragma unroll
    for (int i = 0; i < MT; i++)
#pragma unroll
        for (int j = 0; j < NT; j++) acc[i][j][0] = acc[i][j][1] = acc[i][j][2] = acc[i][j][3] = 0;
    const auto fetchB = [&](int stage, int step) {
        bringB(a, bBase, n0, shared + stage * STAGE_BYTES + A_BYTES, memory + stage * STAGE_BYTES + A_BYTES, firstStep + step);
    };
    const auto fetchA = [&](int stage, int step) {
        bringA(a, rows, shared + stage * STAGE_BYTES, memory + stage * STAGE_BYTES, firstStep + step);
    };
    if (!B_CONSTANT) ready();
#pragma unroll 1
    for (int s = 0; s < STAGES - 1 && s < steps; s++) fetchB(s, s);
    if (B_CONSTANT) ready();
#pragma unroll 1
    for (int s = 0; s < STAGES - 1; s++) {
        if (s < steps) fetchA(s, s);
        commitCopies();
    }
    int stage = 0, next = STAGES - 1;
#pragma unroll 1
    for (int step = 0; step < steps; step++) {
        waitCopies<STAGES - 2>();
        __syncthreads();
        if (step + STAGES - 1 < steps) {
            fetchB(next, step + STAGES - 1);
            fetchA(next, step + STAGES - 1);
        }
        commitCopies();
        const u32 as = shared + stage * STAGE_BYTES, bs = as + A_BYTES;
#pragma unroll
        for (int kk = 0; kk < 4; kk++) {
            u32 af[MT][4], bf[NT / 2][4];
#pragma unroll
            for (int i = 0; i < MT; i++) loadFragments(af[i], as + swizzled(wm + i * 16 + (lane & 15), kk * 2 + (lane >> 4)));
#pragma unroll
            for (int j = 0; j < NT / 2; j++)
                loadFragments(bf[j], bs + swizzled(wn + j * 16 + (lane & 7) + ((lane >> 4) << 3), kk * 2 + ((lane >> 3) & 1)));
#pragma unroll
            for (int i = 0; i < MT; i++)
#pragma unroll
                for (int j = 0; j < NT; j++)
                    multiply(acc[i][j], af[i], bf[j / 2][(j & 1) * 2], bf[j / 2][(j & 1) * 2 + 1], T());
        }
        stage = stage + 1 == STAGES ? 0 : stage + 1;
        next = next + 1 == STAGES ? 0 : next + 1;
    }
    waitCopies<0>();
    __syncthreads();
    float* sums = (float*)memory;
#pragma unroll
    for (int i = 0; i < MT; i++)
#pragma unroll
        for (int j = 0; j < NT; j++) {
            float* s = sums + (wm + i * 16 + (lane >> 2)) * LD + wn + j * 8 + (lane & 3) * 2;
            s[0] = (float)acc[i][j][0];
            s[1] = (float)acc[i][j][1];
            s[8 * LD] = (float)acc[i][j][2];
            s[8 * LD + 1] = (float)acc[i][j][3];
        }
    const int ownRows = SPLIT ? BM / blocks : BM;  // that this block finishes
    const u32 firstRow = part * ownRows;
    if (SPLIT) clusterBarrier();
    else __syncthreads();
    const i64 yBase = batchAt(a, a.yBatch, z), column = batchAt(a, a.columnBatch, z);
    const auto store = [&](auto width) {
        constexpr int V = decltype(width)::value;
        constexpr bool SAME = THREADS % (BN / V) == 0;  // columns in all turns of a thread
        Behind<V> behind;
        if (const u32 n = n0 + threadIdx.x % (BN / V) * V; SAME && n < (u32)a.N) behind.loadColumns(a, column + n);
#pragma unroll 1
        for (int i = threadIdx.x; i < ownRows * (BN / V); i += THREADS) {
            const u32 r = firstRow + i / (BN / V), c = i % (BN / V) * V, m = m0 + r, n = n0 + c;
            if (m >= (u32)a.M || n >= (u32)a.N) continue;
            float sum[V];
            if constexpr (V % 4 == 0) {
#pragma unroll
                for (int v = 0; v < V; v += 4) {
                    const float4 x = *(const float4*)(sums + r * LD + c + v);
                    sum[v] = x.x, sum[v + 1] = x.y, sum[v + 2] = x.z, sum[v + 3] = x.w;
                }
            } else {
                sum[0] = sums[r * LD + c];
            }
            if (SPLIT) {
#pragma unroll
                for (int v = 0; v < V; v++) sum[v] = 0;
#pragma unroll 1
                for (u32 other = 0; other < blocks; other++) addRemote(sum, shared + (r * LD + c) * 4, other);
            }
            const i64 yAt = yBase + m * a.yRow + n;
            if (!SAME) behind.loadColumns(a, column + n);
            behind.loadRows(a, yAt, (i64)z * a.M + m);
            Factors<V == 8 ? 4 : 1> factors;
            factors.load(a, (i64)z * a.M + m);
            behind.factors = factors.get();
            finish<V>(a, behind, sum, yAt);
        }
    };
    const bool wide = a.vector && a.N % 8 == 0 && a.yRow % 8 == 0 && yBase % 8 == 0 && column % 8 == 0;
    if (wide) store(Number<8>());
    else store(Number<1>());
    if (SPLIT) clusterBarrier();  // the others may still read
}
