// SPDX-License-Identifier: Apache-2.0
// Two products of the pixels of images, of which the second's operators read what the first one and its operators make:
// the first stands beside the second. A block makes one tile of 64 rows and 64 columns for each group of warps. All that
// it multiplies lies in shared memory at once: weights come while the kernel in front still runs, pixels when it has
// ended. What the first product makes stays in the registers in which the second one's sums will be, as both have their
// columns in the order of sums (inOrderOfSums() in copied.cpp).
//
// The text in front defines T and Sum; GROUPS; BESIDE_UNITS and OWN_UNITS, pieces of ROW bytes of k of the first and the
// second product; THREADS; RESIDENT (blocks of a multiprocessor); multiplyGroup() as in wgmma.cu.
constexpr int ROW = 128, BM = 64, BN = GROUPS * 64, STAGE_BYTES = (BM + BN) * ROW;
constexpr int UNITS = BESIDE_UNITS + OWN_UNITS, KE = ROW / (int)sizeof(T);
constexpr int DATA_AT = 1024;  // in shared memory, behind the barriers

struct ProductArgs {
    TensorMap a, b;
    void* y;
    const void* extra[EXTRAS];
};
struct JoinedArgs {
    ProductArgs beside, own;
    i32 M, N;
    i32 windows;           // whether the first product's rows are pixels some places apart
    i32 strideH, strideW;
    Divisor pixels, width; // outH * outW, outW
};
