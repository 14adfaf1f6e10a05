// SPDX-License-Identifier: Apache-2.0
// How a warp finishes WIDE columns of its 16 rows of a tile (wgmma_loop.cu) where no operand behind the product differs
// from row to row, or neighbours do not lie together: what stands behind it is computed where the sums are, pairs of
// neighbours in a thread, and only results meet in shared memory, which leave it in pieces of 16 bytes. With SINGLES rows
// begin anywhere in such a piece: they lie in shared memory as they will lie behind the last whole piece, long ones where
// possible, and what is no whole piece is stored by elements.
constexpr bool SWAPPED = sizeof(R) == 2 && !SINGLES;  // pieces of a line, as copies swap them
constexpr int STORED = SINGLES && BN % 128 == 0 && WIDE == 64 && sizeof(R) == 2 ? 128 : WIDE;
constexpr int PIECE = 16 / sizeof(R), PIECES = STORED / PIECE;
constexpr int LINE = SWAPPED ? STORED : STORED + PIECE;  // elements from row to row
constexpr int LINES_BYTES = 16 * LINE * sizeof(R);
constexpr int V = SINGLES ? 1 : 2;  // neighbours that are computed at once
constexpr int RESULTS = WIDE / 2 / V;

template <int N>
DEV u32 wordOf(const Pack<R, N>& x) {
    return *(const u32*)&x;
}

struct Finisher {
    R* lines;
    int lane;
    Columns<V> columns;
    Sum sums[WIDE / 2];
    Behind<V> behind[RESULTS / 2];  // both rows of a thread share what depends on the column

    __device__ __forceinline__ Finisher(unsigned char* memory, int warp)
        : lines((R*)(memory + warp * LINES_BYTES)), lane(threadIdx.x & 31) {}

    //! Results are in the order of the sums: for each 8 columns a pair in this row and a pair 8 rows below.
    __device__ __forceinline__ int columnOf(int i) const {
        return i * V / 4 * 8 + (lane & 3) * 2 + (V == 1 ? i & 1 : 0);
    }
    __device__ __forceinline__ static bool isLower(int i) { return i * V / 2 & 1; }
    __device__ __forceinline__ static int setOf(int i) { return V == 2 ? i / 2 : i / 4 * 2 + (i & 1); }

    //! Operands of the tile, while it is multiplied.
    template <class Part>
    __device__ __forceinline__ void load(const Args& p, int column, const Part&, int, int) {
        columns.load(p, column);
    }

    //! Sums of a part of the tile.
    __device__ __forceinline__ void take(const Sum* from, int part) {
#pragma unroll
        for (int i = 0; i < WIDE / 2; i++) sums[i] = from[i];
#pragma unroll
        for (int i = 0; i < RESULTS; i++) {
            if (!isLower(i)) columns.give(behind[setOf(i)], part * WIDE + i * V / 4 * 8, lane & 3, V == 1 ? i & 1 : 0);
        }
    }

    template <class Part>
    __device__ __forceinline__ void finish(const Args& p, const Part& partAt, int part, int) {
        const auto [row, column] = partAt(part);
        Pack<R, V> results[RESULTS];
#pragma unroll
        for (int i = 0; i < RESULTS; i++) {
            float sum[V];
#pragma unroll
            for (int v = 0; v < V; v++) sum[v] = (float)sums[i * V + v];
            const int m = row + (lane >> 2) + (isLower(i) ? 8 : 0), n = column + columnOf(i);
            if (BY_ROW && m < p.M && n < p.N) behind[setOf(i)].loadRows(p, (i64)m * p.N + n, m);
            results[i] = finished<V>(p, behind[setOf(i)], sum);
        }
        const int inside = STORED == WIDE ? 0 : part % ACROSS * WIDE % STORED;
        if (inside == 0) __syncwarp();
        put(p, results, row, column - inside, inside);
        if (inside + WIDE < STORED) return;
        __syncwarp();
        store(p, row, column - inside);
    }

    //! By how much the places of a row are shifted, so that pieces begin where memory has them.
    __device__ __forceinline__ static int shiftOf(const Args& p, int row, int column) {
        return SINGLES ? (int)((u32)(row * p.N + column) % PIECE) : 0;
    }

    __device__ __forceinline__ void put(const Args& p, const Pack<R, V> (&results)[RESULTS], int row, int column, int inside) {
        if constexpr (SWAPPED) {
            const u32 to = sharedAddress(lines) + (lane & 15) * WIDE * 2;
#pragma unroll
            for (int j = 0; j < WIDE / 8; j += 2) {
                // Four matrices of 8 x 8: two below each other, then two in the next 8 columns.
                storeMatrices(to + swapped(lane & 15, j + (lane >> 4)) * 16, wordOf(results[2 * j]), wordOf(results[2 * j + 1]),
                              wordOf(results[2 * j + 2]), wordOf(results[2 * j + 3]));
            }
        } else {
            const int upper = lane >> 2, lower = upper + 8;
            R *a = lines + upper * LINE + shiftOf(p, row + upper, column) + inside,
              *b = lines + lower * LINE + shiftOf(p, row + lower, column) + inside;
#pragma unroll
            for (int i = 0; i < RESULTS; i++) *(Pack<R, V>*)((isLower(i) ? b : a) + columnOf(i)) = results[i];
        }
    }
    //! Where a piece of a row lies, so that neither rows nor pieces meet in a bank.
    __device__ __forceinline__ static int swapped(int row, int piece) {
        return !SWAPPED ? piece : WIDE == 64 ? piece ^ (row & 7) : piece ^ (row >> 1 & 3);
    }

    __device__ __forceinline__ void store(const Args& p, int row, int column) {
        const int l = lane % PIECES, left = p.N - column;
#pragma unroll
        for (int r = lane / PIECES; r < 16; r += 32 / PIECES) {
            const int m = row + r, shift = shiftOf(p, m, column), first = l * PIECE;
            if (m >= p.M) break;
            const R* from = lines + r * LINE;
            R* to = (R*)p.y + (i64)m * p.N + column - shift;
            if ((l > 0 || shift == 0) && first + PIECE - shift <= left)
                *(uint4*)(to + first) = *(const uint4*)(from + swapped(r, l) * PIECE);
            if (SINGLES) storeEnds(from, to, l, shift, left);
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
