// SPDX-License-Identifier: Apache-2.0
// How a warp finishes WIDE columns of its 16 rows of a tile (wgmma_loop.cu) where the sums are. Weights are packed so that
// a thread has 8 neighbouring columns of each 32 (inOrderOfSums() in copied.cpp), of two rows. So it reads operands and
// stores results by 16 bytes, four neighbouring threads 32 columns. Operands that differ from row to row are loaded some
// parts ahead.
constexpr int SETS = WIDE / 16;  // places of 8 columns of a thread: two rows of each 32 columns
//! Parts, each of which takes registers.
constexpr int AHEAD = HEIGHT * BN > 320 ? 0 : RESIDENT > 2 || GROUPS > 2 ? 1 : 2;

struct Finisher {
    Columns<2> columns;
    Behind<8> behind[AHEAD + 1][SETS];

    __device__ __forceinline__ Finisher(const Args&) {}
    __device__ __forceinline__ static int rowOf(int set) { return (threadIdx.x & 31) / 4 + set % 2 * 8; }
    __device__ __forceinline__ static int columnOf(int set) { return (threadIdx.x & 3) * 8 + set / 2 * 32; }

    template <class Part>
    __device__ __forceinline__ void loadPart(const Args& p, Behind<8> (&to)[SETS], const Part& partAt, int part) {
        if (part >= PARTS) return;
        const Place at = partAt(part);
#pragma unroll
        for (int t = 0; t < SETS; t++) {
            const int m = at.row + rowOf(t), n = at.column + columnOf(t);
            if (m < p.M && n < p.N) to[t].loadRows(p, (i64)m * p.N + n, m);
        }
    }
    //! Operands of the tile, while it is multiplied: for all columns, for the rows of the first parts only.
    template <class Part>
    __device__ __forceinline__ void load(const Args& p, int column, const Part& partAt) {
        columns.load(p, column);
#pragma unroll
        for (int d = 0; d < AHEAD; d++) loadPart(p, behind[d], partAt, d);
    }

    template <class Part>
    __device__ __forceinline__ void finish(const Args& p, const Sum* sums, const Part& partAt, int part) {
        const Place at = partAt(part);
        loadPart(p, behind[AHEAD], partAt, part + AHEAD);
        const int row = at.row + rowOf(0), column = at.column + columnOf(0);
        const i64 first = (i64)row * p.N + column;
        const auto yAt = [&](int t) { return first + t % 2 * 8 * (i64)p.N + t / 2 * 32; };
        const auto isInside = [&](int t) { return row + t % 2 * 8 < p.M && column + t / 2 * 32 < p.N; };
#pragma unroll
        for (int t = 0; t < SETS; t++) {
            Behind<8>& operands = behind[0][t];
            if (t % 2 == 0) columns.give(operands, part % ACROSS * WIDE + t / 2 * 32, (threadIdx.x & 3) * 4, 0);
            else operands.shareColumns(behind[0][t - 1]);
            float sum[8];
#pragma unroll
            for (int i = 0; i < 8; i++) sum[i] = (float)sums[t / 2 * 16 + i / 2 * 4 + t % 2 * 2 + i % 2];
            const Finished<8> y = finished<8>(p, operands, sum);
            if (isInside(t)) *(Finished<8>*)((R*)p.y + yAt(t)) = y;
        }
#pragma unroll
        for (int d = 0; d < AHEAD; d++)
#pragma unroll
            for (int t = 0; t < SETS; t++) behind[d][t] = behind[d + 1][t];
    }
};
