// SPDX-License-Identifier: Apache-2.0
// How a warp finishes WIDE columns of its 16 rows of a tile (wgmma_loop.cu) where the number of columns is no multiple of
// 8, so that rows begin anywhere in a piece of 8 results. As in wgmma_finish.cu a thread has 8 neighbouring columns of
// each 32, of two rows. It shifts them to where they lie in pieces of memory, and hands those that belong to the next piece
// to the neighbour that stores it. The four threads of a row store the ends of its part of the tile by elements.
struct Finisher {
    static constexpr int EACH = 4 / sizeof(R), WORDS = 8 / EACH;  // results in a word, words of a piece
    struct Piece {
        u32 word[WORDS];
    };

    Columns<1> columns;
    int shift;      // of this thread's rows, which are multiples of 8 rows apart
    Piece isNext;   // bits of a piece that come from the neighbour
    Piece last[2];  // of both rows, what this thread has shifted before

    __device__ __forceinline__ Finisher(const Args& p) : shift((u32)((threadIdx.x & 31) / 4 * p.N) % 8) {
#pragma unroll
        for (int w = 0; w < WORDS; w++) {
            const int taken = shift - w * EACH;
            isNext.word[w] = taken <= 0 ? 0 : taken >= EACH ? ~0u : (1u << taken * (32 / EACH)) - 1;
        }
    }

    //! Operands of the tile, while it is multiplied.
    template <class Part>
    __device__ __forceinline__ void load(const Args& p, int column, const Part&) {
        columns.load(p, column);
    }

    template <class Part>
    __device__ __forceinline__ void finish(const Args& p, const Sum* sums, const Part& partAt, int part) {
        const int lane = threadIdx.x & 31, own = lane & 3;
        const Place at = partAt(part);
#pragma unroll
        for (int b = 0; b < WIDE / 32; b++) {
            const int inside = part % ACROSS * WIDE + b * 32, n = at.column + b * 32 + own * 8;
            Behind<1> operands[8];
#pragma unroll
            for (int i = 0; i < 8; i++) columns.give(operands[i], inside, own * 4 + i / 2, i % 2);
#pragma unroll
            for (int h = 0; h < 2; h++) {
                const int m = at.row + lane / 4 + h * 8;
                const bool isRow = m < p.M;
                const i64 yAt = (i64)m * p.N + n;
                Pack<R, 8> y;
#pragma unroll
                for (int i = 0; i < 8; i++) {
                    if (BY_ROW && isRow && n + i < p.N) operands[i].loadRows(p, yAt + i, m);
                    const float sum[1] = {(float)sums[b * 16 + i / 2 * 4 + h * 2 + i % 2]};
                    const Finished<1> one = finished<1>(p, operands[i], sum);
                    memcpy(&y.v[i], &one, sizeof one);
                }
                const Piece mine = shifted(y);
                Piece piece;
#pragma unroll
                for (int w = 0; w < WORDS; w++) {
                    const u32 given = own == 3 ? last[h].word[w] : mine.word[w];
                    const u32 taken = __shfl_sync(~0u, given, (lane & ~3) | ((lane + 3) & 3));
                    piece.word[w] = (taken & isNext.word[w]) | (mine.word[w] & ~isNext.word[w]);
                }
                last[h] = mine;
                R* to = (R*)p.y + yAt - shift;
                const int end = p.N - n + shift;
                const bool isFront = inside == 0 && own == 0 && shift > 0;
                if (isRow && end >= 8 && !isFront) storeWhole(to, piece);
                if (isRow && end < 8 && !isFront) storeSingly(to, piece, end);
                if (inside == 0) storeEnd(to - own * 8, piece, 0, shift, isRow && shift > 0 ? end + own * 8 : 0);
                if (inside + 32 == BN) storeEnd(to + (4 - own) * 8, mine, 3, 0, isRow ? min(shift, end - (4 - own) * 8) : 0);
            }
        }
    }

    //! Elements move up by `shift`, and those at the end to the front.
    __device__ __forceinline__ Piece shifted(const Pack<R, 8>& y) const {
        Piece x, moved;
        memcpy(&x, &y, sizeof x);
#pragma unroll
        for (int w = 0; w < WORDS; w++)
            moved.word[w] = __funnelshift_l(x.word[(w + WORDS - 1) % WORDS], x.word[w], shift % EACH * (32 / EACH));
#pragma unroll
        for (int by = 1; by < WORDS; by *= 2) {
            x = moved;
#pragma unroll
            for (int w = 0; w < WORDS; w++)
                if (shift / EACH & by) moved.word[w] = x.word[(w + WORDS - by) % WORDS];
        }
        return moved;
    }

    //! The compiler would take the words one by one.
    __device__ __forceinline__ static void storeWhole(R* to, const Piece& x) {
        if constexpr (WORDS == 2)
            asm volatile("st.global.v2.b32 [%0], {%1, %2};" ::"l"(to), "r"(x.word[0]), "r"(x.word[1]) : "memory");
#pragma unroll
        for (int w = 0; w + 4 <= WORDS; w += 4)
            asm volatile("st.global.v4.b32 [%0], {%1, %2, %3, %4};" ::"l"(to + w * EACH), "r"(x.word[w]),
                         "r"(x.word[w + 1]), "r"(x.word[w + 2]), "r"(x.word[w + 3])
                         : "memory");
    }
    __device__ __forceinline__ static void storeLow(R* to, u32 word) {
        R x;
        memcpy(&x, &word, sizeof x);
        *to = x;
    }
    //! What lies in front of the end of all columns.
    __device__ __forceinline__ static void storeSingly(R* to, Piece piece, int end) {
#pragma unroll 1
        for (int i = 0; i < end; i++) {
            storeLow(to + i, piece.word[0]);
#pragma unroll
            for (int w = 0; w < WORDS; w++)
                piece.word[w] = EACH > 1 ? __funnelshift_r(piece.word[w], piece.word[(w + 1) % WORDS], 32 / EACH % 32)
                                         : piece.word[(w + 1) % WORDS];
        }
    }
    //! By the four threads of a row, the elements of a piece of one of them from `first` to before `end`.
    __device__ __forceinline__ static void storeEnd(R* to, const Piece& piece, int thread, int first, int end) {
        constexpr int CHOICE = EACH < 4 ? 4 / EACH : 1;  // words that have what a thread stores
        const int lane = threadIdx.x & 31, own = lane & 3;
#pragma unroll
        for (int i = 0; i < 8; i += 4) {
            u32 word = 0;
#pragma unroll
            for (int c = 0; c < CHOICE; c++) {
                const u32 x = __shfl_sync(~0u, piece.word[i / EACH + c], (lane & ~3) | thread);
                word |= own / EACH == c ? x : 0;
            }
            if (i + own >= first && i + own < end) storeLow(to + i + own, word >> own % EACH * (32 / EACH) % 32);
        }
    }
};
