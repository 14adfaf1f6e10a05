// SPDX-License-Identifier: Apache-2.0
// How a warp finishes WIDE columns of its 16 rows of a tile (wgmma_loop.cu): sums meet in shared memory, and neighbouring
// threads take places of 8 neighbouring columns, so that they read operands and store results by 16 bytes. Operands that
// differ from row to row are loaded some parts ahead.
//! A row of sums; a gap behind the first 32, so that neither writing nor reading meets in a bank.
constexpr int LINE = WIDE + 8, GAP = WIDE == 64 ? 4 : 0;
constexpr int LINES_BYTES = 16 * LINE * 4;
constexpr int PLACES = WIDE / 8, SETS = 16 * PLACES / 32;
constexpr int AHEAD = RESIDENT > 2 || GROUPS > 2 || HEIGHT * BN > 320 ? 1 : 2;  // parts; each takes registers

template <int N>
using Line = Pack<Sum, N>;

struct Finisher {
    Sum* lines;
    int lane;
    Columns<2> columns;
    Behind<8> behind[AHEAD][SETS];

    __device__ __forceinline__ Finisher(unsigned char* memory, int warp)
        : lines((Sum*)(memory + warp * LINES_BYTES)), lane(threadIdx.x & 31) {}

    __device__ __forceinline__ void loadRows(const Args& p, Behind<8> (&to)[SETS], int row, int column) {
        const int first = row + lane / PLACES, n = column + lane % PLACES * 8;
#pragma unroll
        for (int t = 0; t < SETS; t++) {
            const int m = first + t * (32 / PLACES);
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
    __device__ __forceinline__ void loadPart(const Args& p, Behind<8> (&to)[SETS], const Part& partAt, int part) {
        if (const Place at = partAt(part); part < PARTS) loadRows(p, to, at.row, at.column);
    }

    //! Sums of a part of the tile.
    __device__ __forceinline__ void take(const Sum* sums, int part) {
#pragma unroll
        for (int j = 0; j < WIDE / 8; j++) {
            Sum* e = lines + (lane >> 2) * LINE + j * 8 + j / 4 * GAP + (lane & 3) * 2;
            *(Line<2>*)e = {sums[4 * j], sums[4 * j + 1]};
            *(Line<2>*)(e + 8 * LINE) = {sums[4 * j + 2], sums[4 * j + 3]};
        }
        columns.give(behind[0][0], part * WIDE, lane % PLACES * 4, 0);
        __syncwarp();
    }

    template <class Part>
    __device__ __forceinline__ void finish(const Args& p, const Part& partAt, int part) {
        const int r = lane / PLACES, c = lane % PLACES * 8;
        const Place at = partAt(part);
        Behind<8> later[SETS];
        loadPart(p, later, partAt, part + AHEAD);
        const Sum* from = lines + r * LINE + c + c / 32 * GAP;
#pragma unroll
        for (int t = 0; t < SETS; t++) {
            const int m = at.row + r + t * (32 / PLACES);
            if (t > 0) behind[0][t].shareColumns(behind[0][0]);
            if (m >= p.M || at.column + c >= p.N) continue;
            const Sum* e = from + t * (32 / PLACES) * LINE;
            const auto a = *(const Line<4>*)e, b = *(const Line<4>*)(e + 4);
            const float sum[8] = {(float)a.v[0], (float)a.v[1], (float)a.v[2], (float)a.v[3],
                                  (float)b.v[0], (float)b.v[1], (float)b.v[2], (float)b.v[3]};
            ::finish<8>(p, behind[0][t], sum, (i64)m * p.N + at.column + c);
        }
#pragma unroll
        for (int t = 0; t < SETS; t++) {
#pragma unroll
            for (int d = 0; d + 1 < AHEAD; d++) behind[d][t] = behind[d + 1][t];
            behind[AHEAD - 1][t] = later[t];
        }
        __syncwarp();
    }
};
