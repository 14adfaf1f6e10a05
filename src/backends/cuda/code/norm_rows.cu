// SPDX-License-Identifier: Apache-2.0
// Normalisation of rows: a warp takes a row and keeps it in registers, or (LOOPS) row after row, and brings the next one
// meanwhile. The text in front defines T, P, RMS, HAS_SCALE, HAS_BIAS, CONSTANT (scale and bias are weights, which are read
// before the predecessor has ended), PIECES: how many 16-byte pieces a lane holds, LOOPS, and RESIDENT: how many blocks a
// multiprocessor holds then. Then follows what rows are (dense_rows.cu, summed_rows.cu):
//   struct Args, with T* y for the result, P *scale and *bias, and i32 rows, count and float epsilon
//   DEV void bringRow(Row& to, const Args& a, int row)
// and behind that norm_rows_body.cu.
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
