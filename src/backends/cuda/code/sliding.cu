// SPDX-License-Identifier: Apache-2.0
// Convolutions of images whose channels take few rows of ROW bytes and whose weights stay in shared memory: one warp brings
// lines of an image with what the window needs around them, once, and windows slide over them there: the rows of a product
// are places that follow each other, those between the lines included, which nobody stores, and for each place of the
// window they begin elsewhere. The text in front defines
//   T (f16, bf16, i8, f8), R (of one or two bytes), Sum; BN, GROUPS, STAGES; ROW: 128 or 64
//   DEV void multiplyGroup(Sum (&d)[BN / 2], u64 a, u64 b, bool keep): without `keep`, d begins with zeros
// and the functions behind the product (Behind, finish).
struct Args {
    TensorMap a, b;
    void* y;
    const void* extra[EXTRAS];
    i32 N;
    i32 height, width;       // of an image
    i32 windowH, windowW, chunks, padH, padW;
    i32 lines, parts;        // of a tile: lines of the image, products of 64 rows
    i32 boxBytes, planeBytes, slotBytes;  // of a chunk's channels: what is brought, what it takes; of all chunks
    Divisor across, tilesOfImage, line;   // blocks side by side; width + windowW - 1
    i32 tiles;
};
constexpr int KE = ROW / (int)sizeof(T);
constexpr int THREADS = GROUPS * 128 + 32;
