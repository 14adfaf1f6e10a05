// SPDX-License-Identifier: Apache-2.0
// Convolutions of images with few channels, read plane by plane: a block takes a tile of the result, 16 places wide, and
// brings the part of each plane that they see into shared memory, where the fragments of the tensor cores are read as they
// lie. A unit of k is 4 bytes: neighbours of a line of the window, one float or two halves; weights have zeros in front of
// a line (LEAD, so that units begin at even places) and where a line ends inside of a unit. Pixels are
// brought 8 neighbours at once where the image allows it (`wide`); those of the next tile are on their way to L2 while this
// one is multiplied. Results are finished where they are, and meet in shared memory as they will be stored. With POOL the
// largest of 3 x 3 results, two places apart, are all that leaves the block. The text in front defines
//   X: type of the image; T: of the factors; R; BEFORE: whether DEV void before(float x, float& y) makes one of the other
//   CHANNELS, WINDOW_H, WINDOW_W, STRIDE_H, STRIDE_W, LEAD; BN: columns of a block; WARPS, ROWS: of the tile, for each warp
//   POOL
// and stands in front of the functions behind the product (Behind, finish).
struct Args {
    const X* x;
    const unsigned char* w;  // a row of K_BYTES for each column
    void* y;
    const void* extra[EXTRAS];
    i32 N;
    i32 inH, inW, outH, outW, padH, padW;  // out: of the convolution
    i32 tiles;
    i32 wide;
    i32 pooledH, pooledW;
    Divisor acrossOf, tilesOf;  // tiles of a line, of an image
};
constexpr int UNIT = 4 / (int)sizeof(T);  // elements
constexpr int LINE_UNITS = (LEAD + WINDOW_W + UNIT - 1) / UNIT, UNITS = CHANNELS * WINDOW_H * LINE_UNITS, STEPS = (UNITS + 7) / 8;
constexpr int K_BYTES = STEPS * 32, W_LINE = K_BYTES + 16;
constexpr int TILE_H = WARPS * ROWS, TILE_W = 16, THREADS = WARPS * 32;
constexpr int POOLED_H = (TILE_H - 1) / 2, POOLED_W = (TILE_W - 1) / 2;
constexpr int SEEN_H = (TILE_H - 1) * STRIDE_H + WINDOW_H, SEEN_W = (TILE_W - 1) * STRIDE_W + LINE_UNITS * UNIT;
constexpr int PIECE = 8, SEEN_LINE = (SEEN_W + PIECE - 1 + PIECE - 1) / PIECE * PIECE, LINES = CHANNELS * SEEN_H;
constexpr int LINE_PIECES = SEEN_LINE / PIECE, PIECES = LINES * LINE_PIECES, TURNS = (PIECES + THREADS - 1) / THREADS;
constexpr int MADE_LINE = BN * (int)sizeof(R) + 16;
constexpr int SEEN_AT = BN * W_LINE, MADE_AT = SEEN_AT + LINES * SEEN_LINE * (int)sizeof(T);
constexpr int RESIDENT = (ROWS > 2 ? 12 : 18) / WARPS;  // blocks of a multiprocessor
