// SPDX-License-Identifier: Apache-2.0
// What kernels of attention on tensor cores begin with. The text in front defines T (f16 or bf16), M (of the mask; u8: true
// may attend), HAS_MASK, DEPTH and VALUES (columns of keys and of values, padded), WARPS, KEYS (of a tile), MASK_ROWS and MASK_KEYS (whether
// the mask differs from row to row, from key to key), maskTerm(m, factor) and masked(score, term). Causal: 1 upper left, 2
// lower right.
struct Args {
    const T *q, *k, *v;
    const void* mask;
    T* y;
    i32 queries, keys, depth, valueDepth, heads, group;
    i32 causal;
    float scale;
    i64 qStride[3], kStride[3], vStride[3], yStride[3];
    i64 maskStride[4];
};

constexpr int ROWS = WARPS * 16, THREADS = WARPS * 32;
constexpr int K_GROUPS = (DEPTH + 63) / 64, V_GROUPS = (VALUES + 63) / 64;  // of 64 columns: 128 bytes
constexpr int K_BYTES = KEYS * 128 * K_GROUPS, V_BYTES = KEYS * 128 * V_GROUPS, TILE_BYTES = K_BYTES + V_BYTES;
constexpr int Q_BYTES = ROWS * 128 * K_GROUPS;

DEV int lane() { return threadIdx.x & 31; }
constexpr float LOG2E = 1.44269504f;
constexpr int BLOCKS = (DEPTH + VALUES > 128 || KEYS > 64 ? 256 : 512) / THREADS;  // at least, of a multiprocessor: 128 registers a thread, or 255
//! Copies rows of the operand to groups of 64 columns; rows behind the end become zeros. A thread keeps to one piece of 16 bytes.
template <int GROUPS>
struct Copier {
    static constexpr int PIECES = GROUPS * 8, APART = THREADS / PIECES;
    const T* at;
    i64 stride;
    u32 to;     //!< of the thread's first row
    int first;  //!< that row, or behind all when the piece is
    __device__ __forceinline__ Copier(const T* rows, i64 stride, int columns, int count)
        : stride(stride) {
        const int row = threadIdx.x / PIECES, piece = threadIdx.x % PIECES;
        at = rows + row * stride + piece * 8;
        to = (piece >> 3) * count * 128 + swizzled(row, piece & 7);
        first = piece * 8 < columns ? row : 1 << 30;
    }
    //! The next COUNT rows, of which `left` are there.
    template <int COUNT>
    __device__ __forceinline__ void bring(u32 memory, int left) {
#pragma unroll
        for (int i = 0; i < COUNT; i += APART, at += stride * APART)
            copyAsync(((memory + to) ^ (i & 7) << 4) + i * 128, at, first + i < left);
    }
};
