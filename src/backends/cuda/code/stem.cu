// SPDX-License-Identifier: Apache-2.0
// Convolutions of images with few channels, read plane by plane: a block takes 8 x 16 places of the result and brings the
// part of each plane that they see into shared memory, where the fragments of the tensor cores are read as they lie. A
// unit of k is 4 bytes: neighbours of a line of the window, one float or two halves; weights have zeros where a line
// ends inside of a unit. The text in front defines
//   T, R; CHANNELS, WINDOW_H, WINDOW_W, STRIDE_H, STRIDE_W; BN: columns of a block
// and stands in front of the functions behind the product (Behind, finish).
struct Args {
    const T* x;
    const unsigned char* w;  // a row of K_BYTES for each column
    void* y;
    const void* extra[6];
    i32 N;
    i32 inH, inW, outH, outW, padH, padW;
    i32 tiles;
    Divisor acrossOf, tilesOf;  // tiles of a line, of an image
};
constexpr int UNIT = 4 / (int)sizeof(T);  // elements
constexpr int LINE_UNITS = (WINDOW_W + UNIT - 1) / UNIT, UNITS = CHANNELS * WINDOW_H * LINE_UNITS, STEPS = (UNITS + 7) / 8;
constexpr int K_BYTES = STEPS * 32, W_LINE = K_BYTES + 16;
constexpr int TILE_H = 8, TILE_W = 16, THREADS = 128;
constexpr int SEEN_H = (TILE_H - 1) * STRIDE_H + WINDOW_H, SEEN_W = (TILE_W - 1) * STRIDE_W + LINE_UNITS * UNIT;
constexpr int SEEN_LINE = (SEEN_W + 1) / 2 * 2, LINES = CHANNELS * SEEN_H;
constexpr int SUM_LINE = BN + 4;
constexpr int SEEN_AT = BN * W_LINE, SUMS_AT = (SEEN_AT + LINES * SEEN_LINE * (int)sizeof(T) + 15) / 16 * 16;
