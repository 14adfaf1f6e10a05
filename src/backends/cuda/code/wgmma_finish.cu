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
    Behind<8> given[SETS / 2];
    i64 here;  // place of the first of the thread's results in a part

    __device__ __forceinline__ Finisher(const Args&) {}
    __device__ __forceinline__ static int rowOf(int set) { return (threadIdx.x & 31) / 4 + set % 2 * 8; }
    __device__ __forceinline__ static int columnOf(int set) { return (threadIdx.x & 3) * 8 + set / 2 * 32; }

    __device__ __forceinline__ static bool isInside(const Args& p, int m, int n) {
        return m < p.M && (WHOLE_COLUMNS || n < p.N);
    }
    //! From the results of one part to those of another.
    __device__ __forceinline__ static i64 apart(const Args& p, int from, int to) {
        return (to % HEIGHT - from % HEIGHT) * 64 * (i64)p.N + (to / HEIGHT - from / HEIGHT) * WIDE;
    }

    template <class Part>
    __device__ __forceinline__ void start(const Args& p, const Part& partAt) {
        here = (i64)(partAt(0).row + rowOf(0)) * p.N + partAt(0).column + columnOf(0);
    }
    template <class Part>
    __device__ __forceinline__ void loadPart(const Args& p, Behind<8> (&to)[SETS], const Part& partAt, int part, i64 first) {
        if (part >= PARTS) return;
        const Place at = partAt(part);
#pragma unroll
        for (int t = 0; t < SETS; t++) {
            // What is outside gets something else: keeping what was there before would take copies of it.
            const int m = at.row + rowOf(t), n = at.column + columnOf(t);
            const bool there = isInside(p, m, n);
            to[t].loadRows(p, there ? first + t % 2 * 8 * (i64)p.N + t / 2 * 32 : 0, there ? m : 0);
        }
    }
    //! Operands of the tile, while it is multiplied: for all columns, for the rows of the first parts only.
    template <class Part>
    __device__ __forceinline__ void load(const Args& p, int column, const Part& partAt) {
        columns.load(p, column);
        if (BY_ROW) start(p, partAt);
#pragma unroll
        for (int d = 0; d < AHEAD; d++) loadPart(p, behind[d], partAt, d, here + apart(p, 0, d));
    }

    template <class Part>
    __device__ __forceinline__ void finish(const Args& p, const Sum* sums, const Part& partAt, int part) {
        // Parts that were mixed would take more registers than there are, and so would the places of all of them.
        __syncwarp();
        if (part == 0) start(p, partAt);
        asm volatile("" : "+l"(here));
        loadPart(p, behind[AHEAD], partAt, part + AHEAD, here + apart(p, part, part + AHEAD));
        const Place at = partAt(part);
        R* const to = (R*)p.y + here;
#pragma unroll
        for (int t = 0; t < SETS; t++) {
            Behind<8>& operands = behind[0][t];
            // Rows below each other have the same columns.
            if (part % HEIGHT == 0 && t % 2 == 0)
                columns.give(given[t / 2], part / HEIGHT * WIDE + t / 2 * 32, (threadIdx.x & 3) * 4, 0);
            operands.shareColumns(given[t / 2]);
            float sum[8];
#pragma unroll
            for (int i = 0; i < 8; i++) sum[i] = (float)sums[t / 2 * 16 + i / 2 * 4 + t % 2 * 2 + i % 2];
            const Finished<8> y = finished<8>(p, operands, sum);
            storeIf(isInside(p, at.row + rowOf(t), at.column + columnOf(t)), to + t % 2 * 8 * (i64)p.N + t / 2 * 32, y.p);
        }
        here += apart(p, part, part + 1);
#pragma unroll
        for (int d = 0; d < AHEAD; d++)
#pragma unroll
            for (int t = 0; t < SETS; t++) behind[d][t] = behind[d + 1][t];
    }
};
