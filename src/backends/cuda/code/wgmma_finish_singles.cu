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

    __device__ __forceinline__ Finisher(const Args&) {
        extern __shared__ __align__(1024) unsigned char memory[];
        staged = memory + 1024 + STAGES * STAGE_BYTES + uniform(threadIdx.x >> 5) * (8 * PITCH);
    }

    //! Operands of the tile, while it is multiplied.
    template <class Part>
    __device__ __forceinline__ void load(const Args& p, int column, const Part&) {
        columns.load(p, column);
    }
    //! Bytes of a piece that lie in front of a row.
    __device__ __forceinline__ static u32 shiftOf(const Args& p, u32 row) { return row * (u32)p.N * (u32)sizeof(R) % PIECE; }

    template <class Part>
    __device__ __forceinline__ void finish(const Args& p, const Sum* sums, const Part& partAt, int part) {
        const Place at = partAt(part);
#pragma unroll
        for (int h = 0; h < 2; h++) {
            __syncwarp();
            lay(p, sums + h * 2, at.row + h * 8, at.column);
            __syncwarp();
            store(p, at.row + h * 8, at.column);
        }
    }

private:
    //! Eight rows.
    __device__ __forceinline__ void lay(const Args& p, const Sum* sums, int firstRow, int column) {
        const int lane = threadIdx.x & 31, own = lane & 3, row = firstRow + lane / 4, n = column + own * 2,
                  inside = row < p.M ? p.N - n : 0;
        const i64 first = (i64)row * p.N + n;
        unsigned char* to = staged + lane / 4 * PITCH + (shiftOf(p, row) & -MOVED) + own * (2 * (int)sizeof(R));
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
        const int lane = threadIdx.x & 31, bytes = min(BN, p.N - column) * (int)sizeof(R);
#pragma unroll
        for (int r = 0; r < 8; r += 32 / ALONG) {
            const int local = r + lane / ALONG, row = firstRow + local, own = lane % ALONG * PIECE;
            const u32 shift = shiftOf(p, row), rest = shift % MOVED * 8;
            const unsigned char* from = staged + local * PITCH + own;
            char* to = (char*)p.y + ((i64)row * p.N + column) * (int)sizeof(R) - shift + own;
            const int end = row < p.M ? shift + bytes - own : 0;
            u32 before = 0;  // last word of what this thread has read before
#pragma unroll
            for (int i = 0; i < PIECES; i += ALONG) {
                uint4 x = make_uint4(0, 0, 0, 0);
                if (i + ALONG <= PIECES || i + lane % ALONG < PIECES) x = *(const uint4*)(from + i * PIECE);
                if (MOVED > (int)sizeof(R)) {
                    // The first of a row's threads gets what the last one has read before.
                    const u32 given = lane % ALONG == ALONG - 1 ? before : x.w;
                    const u32 taken = __shfl_sync(~0u, given, lane / ALONG * ALONG + (lane + ALONG - 1) % ALONG);
                    before = x.w;
                    x.w = __funnelshift_l(x.z, x.w, rest);
                    x.z = __funnelshift_l(x.y, x.z, rest);
                    x.y = __funnelshift_l(x.x, x.y, rest);
                    x.x = __funnelshift_l(taken, x.x, rest);
                }
                const bool isWhole = end >= (i + 1) * PIECE && (i + lane % ALONG > 0 || shift == 0);
                if (isWhole) *(uint4*)(to + i * PIECE) = x;
            }
        }
        // Of its first and of its last piece that part which belongs to this row and tile.
#pragma unroll
        for (int r = 0; r < 8; r += 32 / EACH) {
            const int local = r + lane / EACH, row = firstRow + local, own = lane % EACH * (int)sizeof(R);
            const int shift = (int)shiftOf(p, row), end = row < p.M ? shift + bytes : 0, last = end & -PIECE;
            const unsigned char* from = staged + local * PITCH + own - shift % MOVED;
            char* to = (char*)p.y + ((i64)row * p.N + column) * (int)sizeof(R) - shift + own;
            if (shift > 0 && own >= shift && own < end) *(R*)to = *(const R*)from;
            if ((last > 0 || shift == 0) && last + own < end) *(R*)(to + last) = *(const R*)(from + last);
        }
    }
};
