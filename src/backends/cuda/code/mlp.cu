// SPDX-License-Identifier: Apache-2.0
// Two products of rows of which the second multiplies what the first one and its operators make, as in the multilayer
// perceptrons of transformers, and the normalisation of the second one's rows, in one kernel. The hidden rows between them
// have PARTS_OF_HIDDEN times the columns of the result. SHARERS neighbouring blocks have the same rows: each makes BN
// columns of each part of the hidden rows, which the others read through L2, and BN columns of the result. All tiles are
// as large. Two groups of warps multiply in turns, so that one multiplies while the other finishes what it has made:
//   group 0:  part 0            part 2           part 3
//   group 1:           part 1            of 0             of 1, 2, 3
// A part is thus made two tiles before it is read. Then each group finishes half of the rows (normed_finish.cu). A warp
// that has nothing else to do tells the other blocks that a part is there, by a flag for each part and block: fences of
// those that multiply took longer than a tile. A flag says, as the words of normed_rows.cu, in which of two turns it was
// written, and blocks wait for each other as there.
//
// The text in front defines what that of normed_rows.cu does, but TURNS is 1; PIECES: those of k of the first product.
constexpr int PARTS_OF_HIDDEN = 4, GROUPS = 2, HEIGHT = BM / 64, STAGE_BYTES = (BM + BN) * ROW;

struct HiddenArgs {
    TensorMap a, b;
    void* y;
    const void* extra[EXTRAS];
    i32 N;
};
