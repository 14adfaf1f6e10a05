// SPDX-License-Identifier: Apache-2.0
// How a warp finishes 8 of its 16 rows of a tile (wgmma_loop.cu) where rows of the result begin anywhere in a piece of 16
// bytes. A thread has pairs of neighbouring columns. It puts them into shared memory, rows one below the other, each as
// far from the beginning of a piece as in the result but for what pairs cannot be moved by; this is made up for as pieces
// are read. Neighbouring threads store the pieces of a row; the ends of its part of the tile are stored by elements.
constexpr int PIECE = 16, EACH = PIECE / (int)sizeof(R), PIECES = BN * (int)sizeof(R) / PIECE;
constexpr int PITCH = (PIECES + 1) * PIECE;  // the banks of 8 rows of 4 pairs differ
constexpr int MOVED = sizeof(R) > 1 ? 4 : 2; // bytes that are written at once, by which rows are moved

struct Finisher {
    static constexpr int ALONG = PIECES % 8 == 0 ? 8 : 4;  // threads of a row that store its pieces
    Columns<1> columns;
    unsigned char* staged;  // of this warp
    //! Where, in bytes, the thread's first 16 of the row that it stores next are: a piece begins up to 15 in front of them.
    i64 line;

    __device__ __forceinline__ Finisher(const Args&) {
        extern __shared__ __align__(1024) unsigned char memory[];
        staged = memory + 1024 + STAGES * STAGE_BYTES + uniform(threadIdx.x >> 5) * (8 * PITCH);
    }

    //! Operands of the tile, while it is multiplied.
    template <class Part>
    __device__ __forceinline__ void load(const Args& p, int column, const Part&) {
        columns.load(p, column);
    }

    template <class Part>
    __device__ __forceinline__ void finish(const Args& p, const Sum* sums, const Part& partAt, int part) {
        const Place at = partAt(part);
        const u32 lane = threadIdx.x % 32;
        if (part == 0)
            line = ((i64)(at.row + lane / ALONG) * p.N + at.column) * (int)sizeof(R) + lane % ALONG * PIECE;
#pragma unroll
        for (int h = 0; h < 2; h++) {
            __syncwarp();
            lay(p, sums + h * 2, at.row + h * 8, at.column);
            __syncwarp();
            store(p, at.row + h * 8, at.column);
        }
        down(p, 64 - 16);
    }

private:
    //! Hidden from the compiler, which would keep the places of all rows in registers.
    __device__ __forceinline__ void down(const Args& p, int rows) {
        line += rows * (int)sizeof(R) * (i64)p.N;
        asm volatile("" : "+l"(line));
    }
    //! How far from the beginning of a piece a row is put.
    __device__ __forceinline__ static u32 movedBy(const Args& p, u32 row) {
        return row * (u32)p.N * (u32)sizeof(R) % PIECE & -MOVED;
    }
    //! Eight rows.
    __device__ __forceinline__ void lay(const Args& p, const Sum* sums, int firstRow, int column) {
        const int lane = threadIdx.x & 31, own = lane & 3, row = firstRow + lane / 4, n = column + own * 2,
                  inside = row < p.M ? p.N - n : 0;
        const i64 first = (i64)row * p.N + n;
        unsigned char* to = staged + lane / 4 * PITCH + movedBy(p, row) + own * (2 * (int)sizeof(R));
#pragma unroll
        for (int j = 0; j < BN / 8; j++) {
            Pack<R, 2> pair;
#pragma unroll
            for (int i = 0; i < 2; i++) {
                Behind<1> operands;
                columns.give(operands, j * 8 / 64 * 64, j % 8 * 4 + own, i);
                if (BY_ROW && j * 8 + i < inside) operands.loadRows(p, first + j * 8 + i, row);
                const float sum[1] = {(float)sums[j * 4 + i]};
                const Finished<1> one = finished<1>(p, operands, sum);
                memcpy(&pair.v[i], &one, sizeof one);
            }
#pragma unroll
            for (int i = 0; i < 2 * (int)sizeof(R); i += MOVED) {
                u32 word = 0;
                memcpy(&word, (const char*)&pair + i, MOVED);
                if (MOVED == 4) *(u32*)(to + j * (8 * (int)sizeof(R)) + i) = word;
                else *(u16*)(to + j * (8 * (int)sizeof(R)) + i) = (u16)word;
            }
        }
    }

    __device__ __forceinline__ void store(const Args& p, int firstRow, int column) {
        const u32 lane = threadIdx.x % 32, own = lane % ALONG;
        const int bytes = min(BN, p.N - column) * (int)sizeof(R), whole = bytes & -PIECE;
#pragma unroll
        for (int r = 0; r < 8; r += 32 / ALONG) {
            const u32 shift = (u32)line % PIECE, rest = shift % MOVED * 8;  // in front of the row in a piece
            const unsigned char* row = staged + (r + lane / ALONG) * PITCH;
            char* to = (char*)p.y + (line - shift);
            const bool there = firstRow + r + (int)(lane / ALONG) < p.M;
            const int end = there ? (int)shift + whole - (int)own * PIECE : 0;
            u32 before = 0;  // last word of what this thread has read before
#pragma unroll
            for (int i = 0; i < PIECES; i += ALONG) {
                uint4 x = make_uint4(0, 0, 0, 0);
                if (i + ALONG <= PIECES || i + own < PIECES) x = *(const uint4*)(row + own * PIECE + i * PIECE);
                if (MOVED > (int)sizeof(R)) {
                    // The first of a row's threads gets what the last one has read before.
                    const u32 given = own == ALONG - 1 ? before : x.w;
                    const u32 taken = __shfl_sync(~0u, given, lane / ALONG * ALONG + (lane + ALONG - 1) % ALONG);
                    before = x.w;
                    x.w = __funnelshift_l(x.z, x.w, rest);
                    x.z = __funnelshift_l(x.y, x.z, rest);
                    x.y = __funnelshift_l(x.x, x.y, rest);
                    x.x = __funnelshift_l(taken, x.x, rest);
                }
                const bool isWhole = end >= (i + 1) * PIECE && (i > 0 || own > 0 || shift == 0);
                storeIf(isWhole, to + i * PIECE, x);
            }
            // Of the first piece what belongs to this row, of the last one what the first has less.
            to -= own * PIECE;
            row -= shift % MOVED;
#pragma unroll
            for (u32 e = 0; e < EACH; e += ALONG) {
                const u32 at = (e + own) * (u32)sizeof(R), place = at < shift ? at + whole : at;
                const bool has = EACH % ALONG == 0 || e + own < EACH;
                if (has && there && shift > 0 && whole > 0) *(R*)(to + place) = *(const R*)(row + place);
            }
            down(p, 32 / ALONG);
        }
        if (bytes > whole) storeRest(p, firstRow, column + whole / (int)sizeof(R), whole);
    }
    //! Where the result ends what is less than a piece.
    __device__ __forceinline__ void storeRest(const Args& p, int firstRow, int column, int whole) {
#pragma unroll 1
        for (int i = threadIdx.x % 32; i < 8 * EACH; i += 32) {
            const int row = firstRow + i / EACH, n = column + i % EACH;
            const unsigned char* from = staged + i / EACH * PITCH + movedBy(p, row) + whole + i % EACH * (int)sizeof(R);
            if (row < p.M && n < p.N) ((R*)p.y)[(i64)row * p.N + n] = *(const R*)from;
        }
    }
};
