// SPDX-License-Identifier: Apache-2.0
// A product of rows and the normalisation of what it makes, in one kernel. SHARERS neighbouring blocks have the columns of
// the same rows, BN each. A block keeps its sums in registers, tells the others mean and squared distances of its part of
// each row, and normalises as soon as it knows theirs; it stores its rows while it waits. The operand that lies like the
// result is brought by the copy engine behind the last pieces of k.
//
// What a block tells of a row goes through memory in one word, so that it comes whole. The lowest bit says in which of
// two turns it was written: launches on the same words take turns, and each writes all of them, so nothing is reset.
// Blocks wait only for others that run or will: blocks start in the order of their numbers, so each kernel has at most one
// group of blocks that share rows and have not all started, and the rest ends and makes room, be it that more blocks are
// asked for than there is room for, or that other such kernels run at the same time. A kernel behind this one starts when
// all blocks of this one have started.
//
// The text in front defines T, H (f16 or bf16: of the rows and of the normalised ones), R (f32: sums are not rounded before
// they are normalised), Sum; BM, BN, ROW (128), STAGES, THREADS; SHARERS (2 to 4); KEEPS: whether the rows themselves are
// stored; RMS; multiplyGroup(); and the functions behind the product (Behind, finished).
struct Args {
    TensorMap a, b, like;
    void *y, *normed;
    const void* extra[EXTRAS];
    const float* factors;  // scales of the columns, then biases
    u64* words;            // SHARERS for each row of a tile
    i32 M, N, chunks;
    float epsilon;
};
constexpr int KE = ROW / (int)sizeof(T), GROUPS = BM / 64, STAGE_BYTES = (BM + BN) * ROW;
