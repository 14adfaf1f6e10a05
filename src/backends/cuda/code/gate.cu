// SPDX-License-Identifier: Apache-2.0
// Squeeze and excitation of images in channels-last order: y = x * outer(W2 inner(W1 mean(x) + b1) + b2). BLOCKS blocks of
// a cluster take IMAGES images at a time, and OWN pieces of V channels each. Every block averages its channels, computes its
// share of the hidden numbers from everybody's averages, and the gates of its channels from everybody's hidden numbers;
// where they fit, the pixels stay in shared memory until the gates are there. The weights are read before the wait for the
// predecessor where registers can hold them. The text in front defines
//   T, V; CHANNELS, HIDDEN; BLOCKS, IMAGES
//   DEV void inner(float x, float& y), outer: the pointwise operators behind the products
struct Args {
    const T* x;
    const unsigned char* weights;  // W1, W2 (fragments or pieces), b1, b2, with zeros up to whole shares of blocks
    T* y;
    i32 images, pixels;
    i32 keeps;  // whether pixels stay in shared memory
};
constexpr int THREADS = 512;
constexpr int PIECES = CHANNELS / V, OWN = (PIECES + BLOCKS - 1) / BLOCKS, OWN_CHANNELS = OWN * V;
constexpr int HIDDEN_PIECES = (HIDDEN + V - 1) / V, OWN_HIDDEN = (HIDDEN + BLOCKS - 1) / BLOCKS;
constexpr int WALKERS = THREADS / OWN, PARTS = THREADS / OWN_CHANNELS;  // PARTS: threads that add up a channel
// Rows of 16 bits are multiplied by tensor cores, 16 of them by 16 numbers at a time.
constexpr int tiled(int x) { return (x + 15) / 16 * 16; }
constexpr int W2_AT = BLOCKS * (V == 8 ? tiled(OWN_HIDDEN) * tiled(CHANNELS) * 2 : OWN_HIDDEN * PIECES * 16),
              B1_AT = W2_AT + BLOCKS * (V == 8 ? tiled(OWN_CHANNELS) * tiled(HIDDEN) * 2 : OWN_CHANNELS * HIDDEN_PIECES * 16),
              B2_AT = B1_AT + (BLOCKS * OWN_HIDDEN + 3) / 4 * 16;
constexpr int largerOf(int a, int b) { return a > b ? a : b; }
// Numbers in shared memory, for each image: averages, hidden numbers, gates; then sums on their way, two barriers.
constexpr int AVERAGES = tiled(BLOCKS * OWN_CHANNELS), HIDDENS = tiled(largerOf(BLOCKS * OWN_HIDDEN, HIDDEN));
constexpr int HIDDEN_AT = IMAGES * AVERAGES, GATES_AT = HIDDEN_AT + IMAGES * HIDDENS, SUMS_AT = GATES_AT + IMAGES * OWN_CHANNELS,
              BARRIERS_AT = SUMS_AT + THREADS * V, KEPT_AT = BARRIERS_AT + 4;

DEV float rounded(float x) {
    T y;
    put(y, x);
    return num(y);
}
#if BLOCKS > 1
//! Writes a number at the same place in the shared memory of every block of the cluster, and tells the barrier there: a
//! barrier of the whole cluster would first wait for everything else that is under way.
DEV void share(float* at, float x, u32 barrier) {
    const u32 address = sharedAddress(at);
#pragma unroll
    for (int b = 0; b < BLOCKS; b++)
        asm volatile("st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.b32 [%0], %1, [%2];" ::"r"(addressIn(address, b)),
                     "r"(__float_as_uint(x)), "r"(addressIn(barrier, b))
                     : "memory");
}
#else
DEV void share(float* at, float x, u32) { *at = x; }
#endif
//! Until `count` numbers have been shared, and the sums that they are made of have been read.
DEV void meet(u32 barrier, int count, u32 phase) {
    __syncthreads();
#if BLOCKS > 1
    if (threadIdx.x == 0) expectBytes(barrier, count * 4);
    waitFor(barrier, phase);
#endif
}

//! V channels of a pixel as they lie in memory, and as numbers.
DEV void unpack(const uint4& from, float (&x)[V]) {
    const Pack<T, V> p = *(const Pack<T, V>*)&from;
#pragma unroll
    for (int v = 0; v < V; v++) x[v] = num(p.v[v]);
}
DEV uint4 packed(const float (&x)[V]) {
#if V == 8
    return make_uint4(pairOf(x[0], x[1], T()), pairOf(x[2], x[3], T()), pairOf(x[4], x[5], T()), pairOf(x[6], x[7], T()));
#else
    return make_uint4(__float_as_uint(x[0]), __float_as_uint(x[1]), __float_as_uint(x[2]), __float_as_uint(x[3]));
#endif
}
//! As one instruction, which the compiler does not find here.
DEV void store(T* to, const uint4& x) {
    asm volatile("st.global.v4.b32 [%0], {%1, %2, %3, %4};" ::"l"(to), "r"(x.x), "r"(x.y), "r"(x.z), "r"(x.w) : "memory");
}
//! use(i, pixel) for a thread's pixels, several on their way at once.
template <class Use>
DEV void eachPixel(const T* from, int apart, int walker, int count, const Use& use) {
    constexpr int AT_ONCE = 4;
#pragma unroll 1
    for (int i = walker; i < count; i += AT_ONCE * WALKERS) {
        uint4 p[AT_ONCE];
#pragma unroll
        for (int k = 0; k < AT_ONCE; k++)
            if (i + k * WALKERS < count) p[k] = *(const uint4*)(from + (i64)(i + k * WALKERS) * apart);
#pragma unroll
        for (int k = 0; k < AT_ONCE; k++)
            if (i + k * WALKERS < count) use(i + k * WALKERS, p[k]);
    }
}

#if V == 8
//! A product of ROWS rows of LENGTH numbers, in fragments, with vectors in shared memory, one of each image. Warps share the
//! rows, and where there are more of them each row's numbers.
template <int LENGTH, int ROWS>
struct Product {
    static constexpr int WARPS = THREADS / 32, STEPS = (LENGTH + 15) / 16, TILES = (ROWS + 15) / 16;
    static constexpr int PARTS = TILES < WARPS ? WARPS / TILES : 1, EACH = (STEPS + PARTS - 1) / PARTS;
    static constexpr int AT_ONCE = WARPS / PARTS, ROUNDS = (TILES + AT_ONCE - 1) / AT_ONCE;
    static constexpr bool AHEAD = ROUNDS * EACH <= 10;  // whether registers keep them
    static constexpr int KEPT = AHEAD ? ROUNDS * EACH : 0, TOGETHER = AHEAD ? EACH : 4;
    const uint4* from;
    uint4 w[AHEAD ? ROUNDS : 1][TOGETHER];

    //! The i-th of the warp's fragments.
    __device__ __forceinline__ uint4 read(int round, int i) const {
        const int warp = threadIdx.x / 32, tile = round * AT_ONCE + warp / PARTS, step = warp % PARTS * EACH + i;
        const bool there = warp / PARTS < AT_ONCE && tile < TILES && i < EACH && step < STEPS;
        const uint4 p = from[(there ? tile * STEPS + step : 0) * 32 + threadIdx.x % 32];
        return there ? p : make_uint4(0, 0, 0, 0);
    }
    __device__ __forceinline__ void begin(const T* rows) {
        from = (const uint4*)rows;
        if (!AHEAD) return;
#pragma unroll
        for (int r = 0; r < ROUNDS; r++)
#pragma unroll
            for (int i = 0; i < EACH; i++) w[AHEAD ? r : 0][AHEAD ? i : 0] = read(r, i);
    }
    //! use(row, image, sum) in one thread each; `in` are vectors of `count` numbers, `sums` is room for what warps share.
    template <class Use>
    __device__ __forceinline__ void run(const float* in, int count, float* sums, const Use& use) {
        const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, image = lane / 4;
#pragma unroll
        for (int r = 0; r < ROUNDS; r++) {
            float acc[4] = {};
#pragma unroll
            for (int first = 0; first < EACH; first += TOGETHER) {
                if (!AHEAD)
#pragma unroll
                    for (int i = 0; i < TOGETHER; i++) w[0][i] = read(r, first + i);
#pragma unroll
                for (int i = 0; i < TOGETHER; i++) {
                    const int step = warp % PARTS * EACH + first + i;
                    if (first + i >= EACH || step >= STEPS) break;
                    const float* x = in + (image < IMAGES ? image : 0) * count + step * 16 + lane % 4 * 2;
                    const uint4& p = w[AHEAD ? r : 0][i];
                    const u32 a[4] = {p.x, p.y, p.z, p.w};
                    multiply(acc, a, pairOf(x[0], x[1], T()), pairOf(x[8], x[9], T()), T());
                }
            }
            if (warp / PARTS < AT_ONCE)
#pragma unroll
                for (int v = 0; v < 4; v++) sums[(warp * 16 + lane / 4 + v / 2 * 8) * 8 + lane % 4 * 2 + v % 2] = acc[v];
            __syncthreads();
            for (int i = threadIdx.x; i < AT_ONCE * 16 * IMAGES; i += THREADS) {
                const int own = i / IMAGES, row = r * AT_ONCE * 16 + own;
                float all = 0;
#pragma unroll
                for (int part = 0; part < PARTS; part++) all += sums[((own / 16 * PARTS + part) * 16 + own % 16) * 8 + i % IMAGES];
                if (row < ROWS) use(row, i % IMAGES, all);
            }
            if (r + 1 < ROUNDS) __syncthreads();
        }
    }
};
#else
//! The same of floats as they lie in memory: a group of threads takes a row.
template <int NUMBERS, int ROWS>
struct Product {
    static constexpr int LENGTH = (NUMBERS + V - 1) / V;
    static constexpr int GROUP = LENGTH > 16 ? 32 : LENGTH > 8 ? 16 : LENGTH > 4 ? 8 : LENGTH > 2 ? 4 : LENGTH;
    static constexpr int AT_ONCE = THREADS / GROUP, ROUNDS = (ROWS + AT_ONCE - 1) / AT_ONCE, DEPTH = (LENGTH + GROUP - 1) / GROUP;
    static constexpr bool AHEAD = ROUNDS * DEPTH <= 10;  // whether registers keep them
    static constexpr int KEPT = AHEAD ? ROUNDS * DEPTH : 0;
    const T* from;
    Pack<T, V> w[AHEAD ? ROUNDS : 1][AHEAD ? DEPTH : 1];

    __device__ __forceinline__ Pack<T, V> read(int round, int d) const {
        const int row = round * AT_ONCE + threadIdx.x / GROUP, piece = d * GROUP + threadIdx.x % GROUP;
        const bool there = row < ROWS && piece < LENGTH;
        Pack<T, V> p = *(const Pack<T, V>*)(from + (there ? row * LENGTH + piece : 0) * V);
        if (there) return p;
#pragma unroll
        for (int v = 0; v < V; v++) put(p.v[v], 0.f);
        return p;
    }
    __device__ __forceinline__ void begin(const T* rows) {
        from = rows;
        if (!AHEAD) return;
#pragma unroll
        for (int r = 0; r < ROUNDS; r++)
#pragma unroll
            for (int d = 0; d < DEPTH; d++) w[AHEAD ? r : 0][AHEAD ? d : 0] = read(r, d);
    }
    //! use(row, image, sum) in one thread of each row's group; `in` are vectors of `count` numbers.
    template <class Use>
    __device__ __forceinline__ void run(const float* in, int count, float*, const Use& use) const {
        if (AHEAD) {
            runRows<AHEAD ? ROUNDS : 1>(in, count, 0, use);
        } else {
#pragma unroll 1
            for (int r = 0; r < ROUNDS; r++) runRows<1>(in, count, r, use);
        }
    }
    template <int N, class Use>
    __device__ __forceinline__ void runRows(const float* in, int count, int first, const Use& use) const {
        float sum[N][IMAGES];
#pragma unroll
        for (int r = 0; r < N; r++)
#pragma unroll
            for (int image = 0; image < IMAGES; image++) sum[r][image] = 0;
#pragma unroll
        for (int d = 0; d < DEPTH; d++) {
            const int piece = d * GROUP + threadIdx.x % GROUP, at = (piece < LENGTH ? piece : 0) * 4;
            float x[IMAGES][V];
#pragma unroll
            for (int image = 0; image < IMAGES; image++) {
                const float4 q = *(const float4*)(in + image * count + at);
                x[image][0] = q.x, x[image][1] = q.y, x[image][2] = q.z, x[image][3] = q.w;
            }
#pragma unroll
            for (int r = 0; r < N; r++) {
                const Pack<T, V> p = AHEAD ? w[AHEAD ? r : 0][AHEAD ? d : 0] : read(first + r, d);
#pragma unroll
                for (int v = 0; v < V; v++) {
                    const float weight = num(p.v[v]);
#pragma unroll
                    for (int image = 0; image < IMAGES; image++) sum[r][image] += weight * x[image][v];
                }
            }
        }
#pragma unroll
        for (int r = 0; r < N; r++)
#pragma unroll
            for (int image = 0; image < IMAGES; image++) {
#pragma unroll
                for (int o = GROUP / 2; o; o >>= 1) sum[r][image] += __shfl_xor_sync(~0u, sum[r][image], o);
                const int row = (first + r) * AT_ONCE + threadIdx.x / GROUP;
                if (row < ROWS && threadIdx.x % GROUP == 0) use(row, image, sum[r][image]);
            }
    }
};
#endif
