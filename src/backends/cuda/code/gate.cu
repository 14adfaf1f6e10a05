// SPDX-License-Identifier: Apache-2.0
// Squeeze and excitation of images in channels-last order: y = x * outer(W2 inner(W1 mean(x) + b1) + b2). BLOCKS blocks of
// a cluster take an image, or one image after the other, and OWN pieces of V channels each. Every block averages its
// channels, computes its share of the hidden numbers from everybody's averages, and the gates of its channels from
// everybody's hidden numbers; where they fit, the pixels stay in shared memory until the gates are there. The weights
// are read before the wait for the predecessor where registers can hold them. The text in front defines
//   T, V; CHANNELS, HIDDEN; BLOCKS
//   DEV void inner(float x, float& y), outer: the pointwise operators behind the products
struct Args {
    const T* x;
    const unsigned char* weights;  // W1, W2, b1, b2, with zeros up to whole pieces and shares of blocks
    T* y;
    i32 images, pixels;
    i32 keeps;  // whether pixels stay in shared memory
};
constexpr int THREADS = 512;
constexpr int PIECES = CHANNELS / V, OWN = (PIECES + BLOCKS - 1) / BLOCKS, OWN_CHANNELS = OWN * V;
constexpr int HIDDEN_PIECES = (HIDDEN + V - 1) / V, OWN_HIDDEN = (HIDDEN + BLOCKS - 1) / BLOCKS;
constexpr int WALKERS = THREADS / OWN, PARTS = THREADS / OWN_CHANNELS;  // PARTS: threads that add up a channel
constexpr int W2_AT = BLOCKS * OWN_HIDDEN * PIECES * 16, B1_AT = W2_AT + BLOCKS * OWN_CHANNELS * HIDDEN_PIECES * 16,
              B2_AT = B1_AT + (BLOCKS * OWN_HIDDEN + 3) / 4 * 16;
constexpr int largerOf(int a, int b) { return a > b ? a : b; }
// Numbers in shared memory: averages, hidden numbers, gates, sums on their way.
constexpr int HIDDEN_AT = BLOCKS * OWN_CHANNELS, GATES_AT = HIDDEN_AT + (largerOf(BLOCKS * OWN_HIDDEN, HIDDEN_PIECES * V) + 3) / 4 * 4,
              SUMS_AT = GATES_AT + OWN_CHANNELS, KEPT_AT = SUMS_AT + THREADS * V;

DEV float rounded(float x) {
    T y;
    put(y, x);
    return num(y);
}
//! Writes a number at the same place in the shared memory of every block of the cluster.
DEV void share(float* at, float x) {
#if BLOCKS > 1
    const u32 address = (u32)__cvta_generic_to_shared(at);
#pragma unroll
    for (int b = 0; b < BLOCKS; b++) storeRemote(addressIn(address, b), x);
#else
    *at = x;
#endif
}
DEV void meet() {
#if BLOCKS > 1
    arriveCluster();
    waitCluster();
#else
    __syncthreads();
#endif
}

//! A product of a vector in shared memory with ROWS rows of LENGTH pieces; a group of threads takes a row.
template <int LENGTH, int ROWS>
struct Product {
    static constexpr int GROUP = LENGTH > 16 ? 32 : LENGTH > 8 ? 16 : LENGTH > 4 ? 8 : LENGTH > 2 ? 4 : LENGTH;
    static constexpr int AT_ONCE = THREADS / GROUP, ROUNDS = (ROWS + AT_ONCE - 1) / AT_ONCE, DEPTH = (LENGTH + GROUP - 1) / GROUP;
    static constexpr bool AHEAD = ROUNDS * DEPTH <= 10;
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
    //! use(row, sum) in one thread of each row's group.
    template <class Use>
    __device__ __forceinline__ void run(const float* in, const Use& use) const {
#pragma unroll AHEAD ? ROUNDS : 1
        for (int r = 0; r < ROUNDS; r++) {
            float sum = 0;
#pragma unroll AHEAD ? DEPTH : 1
            for (int d = 0; d < DEPTH; d++) {
                const int piece = d * GROUP + threadIdx.x % GROUP;
                const Pack<T, V> p = AHEAD ? w[AHEAD ? r : 0][AHEAD ? d : 0] : read(r, d);
                const float4* x = (const float4*)(in + (piece < LENGTH ? piece : 0) * V);
#pragma unroll
                for (int v = 0; v < V; v += 4) {
                    const float4 q = x[v / 4];
                    sum += num(p.v[v]) * q.x + num(p.v[v + 1]) * q.y + num(p.v[v + 2]) * q.z + num(p.v[v + 3]) * q.w;
                }
            }
#pragma unroll
            for (int o = GROUP / 2; o; o >>= 1) sum += __shfl_xor_sync(~0u, sum, o);
            const int row = r * AT_ONCE + threadIdx.x / GROUP;
            if (row < ROWS && threadIdx.x % GROUP == 0) use(row, sum);
        }
    }
};
