// SPDX-License-Identifier: Apache-2.0
// For the loop over tiles (wgmma_loop.cu): operands behind the product that depend on the column alone, of a whole tile.
// They are loaded while it is multiplied, a pair of neighbours in each thread of a warp for each 64 columns, and handed on
// to those threads that need them.
constexpr int HEIGHT = TURNS ? BM / 64 : 1;  // of a group's part of the tile, in products of 64 rows
constexpr int ACROSS = BN / WIDE, PARTS = HEIGHT * ACROSS;  // that are finished one after the other

struct Place {
    int row, column;
};

//! What has 8 bytes or pieces of 16, without a branch around what makes it.
template <class X>
DEV void storeIf(bool there, void* to, const X& x) {
    constexpr int WORDS = sizeof(X) / 4, EACH = WORDS < 4 ? 2 : 4;
    u32 words[WORDS];
    memcpy(words, &x, sizeof(X));
#pragma unroll
    for (int i = 0; i < WORDS; i += EACH) {
        if constexpr (EACH == 4)
            asm volatile("{ .reg .pred p; setp.ne.u32 p, %0, 0; @p st.global.v4.u32 [%1], {%2, %3, %4, %5}; }" ::"r"((u32)there),
                         "l"((u32*)to + i), "r"(words[i]), "r"(words[i + 1]), "r"(words[i + 2]), "r"(words[i + 3])
                         : "memory");
        else
            asm volatile("{ .reg .pred p; setp.ne.u32 p, %0, 0; @p st.global.v2.u32 [%1], {%2, %3}; }" ::"r"((u32)there),
                         "l"((u32*)to + i), "r"(words[i]), "r"(words[i + 1])
                         : "memory");
    }
}

//! V: neighbours that are loaded at once, 2 where pairs are aligned.
template <int V>
struct Columns {
    static constexpr int BLOCKS = (BN + 63) / 64, HALVES = 2 / V;
    Behind<V> kept[BLOCKS][HALVES];

    __device__ __forceinline__ void load(const Args& p, int column) {
#pragma unroll
        for (int b = 0; b < BLOCKS; b++)
#pragma unroll
            for (int h = 0; h < HALVES; h++) {
                const int n = column + b * 64 + (threadIdx.x & 31) * 2 + h;
                kept[b][h].loadNumbers(p);
                if (n < p.N) kept[b][h].loadVectors(p, n);
            }
    }
    //! To all threads of a warp: the `pair`-th pair of columns behind `first`, and as many as `to` has; of single ones
    //! the one or the other.
    template <int U>
    __device__ __forceinline__ void give(Behind<U>& to, int first, int pair, int half) const {
        to.takeColumns(kept[first / 64][half], first % 64 / 2 + pair);
    }
};
