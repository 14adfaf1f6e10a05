// SPDX-License-Identifier: Apache-2.0
// Normalisation of rows that lie densely in memory: a warp takes a row and keeps it in registers, or (LOOPS) row after row,
// and brings the next one meanwhile. The text in front defines T, P, RMS, HAS_SCALE, HAS_BIAS, CONSTANT (scale and bias are
// weights, which are read before the predecessor has ended), PIECES: how many 16-byte pieces a lane holds, LOOPS, and
// RESIDENT: how many blocks a multiprocessor holds then.
struct Args {
    const T* x;
    const P *scale, *bias;
    T* y;
    i32 rows, count;
    float epsilon;
};
constexpr int V = 16 / sizeof(T);

//! What belongs to the lane's pieces of a row.
DEV void loadFactors(const P* from, int count, float (&to)[PIECES][V]) {
    constexpr int W = 16 / sizeof(P) < V ? 16 / sizeof(P) : V;
#pragma unroll
    for (int p = 0; p < PIECES; p++) {
        const int at = (p * 32 + (threadIdx.x & 31)) * V;
#pragma unroll
        for (int w = 0; w < V; w += W) {
            if (at >= count) continue;
            const auto factors = *(const Pack<P, W>*)(from + at + w);
#pragma unroll
            for (int i = 0; i < W; i++) to[p][w + i] = num(factors.v[i]);
        }
    }
}

//! A lane's pieces of a row, as they lie in memory.
struct Row {
    struct __align__(16) Piece {
        u32 word[4];
    } piece[PIECES];

    __device__ __forceinline__ void load(const T* x, int count) {
#pragma unroll
        for (int p = 0; p < PIECES; p++) {
            const int at = (p * 32 + (threadIdx.x & 31)) * V;
            piece[p] = at < count ? *(const Piece*)(x + at) : Piece{};
        }
    }
    //! Returns their sum.
    __device__ __forceinline__ float unpack(float (&to)[PIECES][V]) const {
        float sum = 0;
#pragma unroll
        for (int p = 0; p < PIECES; p++) {
            Pack<T, V> numbers;
            memcpy(&numbers, &piece[p], sizeof numbers);
#pragma unroll
            for (int i = 0; i < V; i++) sum += to[p][i] = num(numbers.v[i]);
        }
        return sum;
    }
};

KERNEL __launch_bounds__(128, LOOPS ? RESIDENT : 1) norm_rows(const __grid_constant__ Args a) {
    begin();
    const int lane = threadIdx.x & 31, apart = gridDim.x * 4;
    float scale[PIECES][V], bias[PIECES][V];
    const auto load = [&] {
        if (HAS_SCALE) loadFactors(a.scale, a.count, scale);
        if (HAS_BIAS) loadFactors(a.bias, a.count, bias);
    };
    if (CONSTANT) load();
    ready();
    if (!CONSTANT) load();
    int row = blockIdx.x * 4 + (threadIdx.x >> 5);
    Row next;
    if (row < a.rows) next.load(a.x + (i64)row * a.count, a.count);
#pragma unroll 1
    while (row < a.rows) {
        float v[PIECES][V], square = 0;
        const float sum = next.unpack(v);
        T* y = a.y + (i64)row * a.count;
        row += apart;
        if (LOOPS && row < a.rows) next.load(a.x + (i64)row * a.count, a.count);
        const float mean = RMS ? 0.f : warpSum(sum) / (float)a.count;
#pragma unroll
        for (int p = 0; p < PIECES; p++) {
            if ((p * 32 + lane) * V >= a.count) continue;
#pragma unroll
            for (int i = 0; i < V; i++) {
                v[p][i] -= mean;
                square += v[p][i] * v[p][i];
            }
        }
        const float factor = rsqrtf(warpSum(square) / (float)a.count + a.epsilon);
#pragma unroll
        for (int p = 0; p < PIECES; p++) {
            const int at = (p * 32 + lane) * V;
            if (at >= a.count) continue;
            Pack<T, V> out;
#pragma unroll
            for (int i = 0; i < V; i++) {
                float r = v[p][i] * factor;
                if (HAS_SCALE) r *= scale[p][i];
                if (HAS_BIAS) r += bias[p][i];
                put(out.v[i], r);
            }
            *(Pack<T, V>*)(y + at) = out;
        }
        if (!LOOPS) break;
    }
}
