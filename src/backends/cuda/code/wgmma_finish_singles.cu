// SPDX-License-Identifier: Apache-2.0
// How a warp finishes WIDE columns of its 16 rows of a tile (wgmma_loop.cu) where the number of columns is no multiple of
// 8, so that rows begin anywhere in a piece of 16 bytes. What stands behind the product is computed where the sums are.
// Results lie in shared memory as they will lie behind the last whole piece, in long rows where possible, and leave it in
// whole pieces; the ends of rows are stored by elements.
constexpr int STORED = BN % 128 == 0 && sizeof(R) == 2 ? 128 : WIDE;
constexpr int PIECE = 16 / sizeof(R), PIECES = STORED / PIECE;
constexpr int LINE = STORED + PIECE;  // elements from row to row
constexpr int LINES_BYTES = 16 * LINE * sizeof(R);

struct Finisher {
    R* lines;
    int lane;
    Columns<1> columns;
    Sum sums[WIDE / 2];
    Behind<1> behind[WIDE / 4];  // both rows of a thread share what depends on the column

    __device__ __forceinline__ Finisher(unsigned char* memory, int warp)
        : lines((R*)(memory + warp * LINES_BYTES)), lane(threadIdx.x & 31) {}

    //! Of each 8 columns a thread has two neighbours in one row, then those 8 rows below.
    __device__ __forceinline__ int columnOf(int i) const { return i / 4 * 8 + (lane & 3) * 2 + (i & 1); }
    __device__ __forceinline__ static bool isLower(int i) { return i & 2; }
    __device__ __forceinline__ static int setOf(int i) { return i / 4 * 2 + (i & 1); }

    //! Operands of the tile, while it is multiplied.
    template <class Part>
    __device__ __forceinline__ void load(const Args& p, int column, const Part&) {
        columns.load(p, column);
    }

    //! Sums of a part of the tile.
    __device__ __forceinline__ void take(const Sum* from, int part) {
#pragma unroll
        for (int i = 0; i < WIDE / 2; i++) {
            sums[i] = from[i];
            if (!isLower(i)) columns.give(behind[setOf(i)], part * WIDE + i / 4 * 8, lane & 3, i & 1);
        }
    }

    template <class Part>
    __device__ __forceinline__ void finish(const Args& p, const Part& partAt, int part) {
        const Place at = partAt(part);
        const int inside = part % ACROSS * WIDE % STORED, column = at.column - inside, upper = lane >> 2, lower = upper + 8;
        if (inside == 0) __syncwarp();
        R *a = lines + upper * LINE + shiftOf(p, at.row + upper, column) + inside,
          *b = lines + lower * LINE + shiftOf(p, at.row + lower, column) + inside;
#pragma unroll
        for (int i = 0; i < WIDE / 2; i++) {
            const int m = at.row + (isLower(i) ? lower : upper), n = at.column + columnOf(i);
            if (BY_ROW && m < p.M && n < p.N) behind[setOf(i)].loadRows(p, (i64)m * p.N + n, m);
            const float sum[1] = {(float)sums[i]};
            *(Finished<1>*)((isLower(i) ? b : a) + columnOf(i)) = finished<1>(p, behind[setOf(i)], sum);
        }
        if (inside + WIDE < STORED) return;
        __syncwarp();
        store(p, at.row, column);
    }

    //! By how much the places of a row are shifted, so that pieces begin where memory has them.
    __device__ __forceinline__ static int shiftOf(const Args& p, int row, int column) {
        return (u32)(row * p.N + column) % PIECE;
    }

    __device__ __forceinline__ void store(const Args& p, int row, int column) {
        const int l = lane % PIECES, left = p.N - column;
#pragma unroll
        for (int r = lane / PIECES; r < 16; r += 32 / PIECES) {
            const int m = row + r, shift = shiftOf(p, m, column), first = l * PIECE;
            if (m >= p.M) break;
            const R* from = lines + r * LINE;
            R* to = (R*)p.y + (i64)m * p.N + column - shift;
            if ((l > 0 || shift == 0) && first + PIECE - shift <= left) *(uint4*)(to + first) = *(const uint4*)(from + first);
            storeEnds(from, to, l, shift, left);
        }
    }
    //! The ends of a row, and whatever the last columns of all have beside whole pieces.
    __device__ __forceinline__ static void storeEnds(const R* from, R* to, int l, int shift, int left) {
        const int first = l * PIECE;
#pragma unroll
        for (int e = l; e < PIECE; e += PIECES) {
            const int i = e < shift ? STORED + e : e;
            if (shift > 0 && i - shift < left) to[i] = from[i];
        }
        if (left >= STORED || (l == 0 && shift > 0) || first - shift >= left || first + PIECE - shift <= left) return;
#pragma unroll 1
        for (int i = first; i - shift < left; i++) to[i] = from[i];
    }
};
