// SPDX-License-Identifier: Apache-2.0
// y[m, n] = epilogue(sum over k of a[m, k] * b[n, k]): matrix products and convolutions on tensor cores. The text in
// front defines
//   T, R, Sum             element types of the operands, of the result, and of sums: i32 of i8, else f32
//   BM, BN, WM, WN        tile of a block, and how many warps share it along m and n
//   STAGES                how many steps of k are on their way
//   SPLIT                 1 when blocks share the sum over k; they form a cluster along z and add through its memory
//   B_CONSTANT            whether b is a weight, which may be read before the predecessor has ended
//   A_MODE                0: rows with neighbouring k, 16 bytes at once; 1: windows of an image in channels-last order, 16
//                         bytes at once; 2: the same images, element by element; 3: any strides; 4: windows of
//                         an image plane by plane, 16 bytes of a line at once
//   B_MODE                0: rows with neighbouring k, padded with zeros; 3: any strides
// and the functions behind the product (Behind, finish) stand between this text and its body. A step of k is 128 bytes:
// KE elements.
struct Args {
    const void *a, *b;
    void* y;
    const void* extra[EXTRAS];
    i32 M, N, K;
    i32 steps;
    i32 split;                               // blocks that share a sum
    i32 vector;                              // whether 8 neighbours of result and operands may be moved at once
    i64 aRow, aCol, bRow, bCol, yRow;       // strides in elements
    Divisor batch[4];                       // dimensions of z
    i64 aBatch[4], bBatch[4], yBatch[4], columnBatch[4];
    // images
    Divisor outW, outH, outD;               // output sizes
    Divisor channels, windowW, windowH;     // of k: channels fastest, then the window
    i32 inD, inH, inW;
    i32 strideD, strideH, strideW, padD, padH, padW, dilationD, dilationH, dilationW;
    i64 imageStride, depthStride, heightStride, widthStride;
};
