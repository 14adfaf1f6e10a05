// SPDX-License-Identifier: Apache-2.0
// Convolutions of images with few channels, read plane by plane. A block takes a strip of the result, ACROSS warps wide, and
// walks down it, ROWS lines in a step. Lines of the image wait in a ring in shared memory, changed once on their way there;
// those of the next step are fetched while this one is multiplied. The fragments of the tensor cores are read as the lines
// lie: a unit of k is 4 bytes, neighbours of a line of the window (one float or two halves) or of two lines (i8); weights
// have zeros in front of a line (LEAD, so that units begin at even places) and where the window ends inside of a unit.
// STRIDE_H lines of all channels are a group: the next line of the result sees the same a group further, so a fragment is
// read once for all ROWS. k goes by eight units of a group (a step of the tensor cores, in halves), inside of that by
// groups; a step that has no line of the window is left out. If a group ends with half a step, those of two groups make
// one. A warp multiplies 16 places and COLUMNS columns, which are in such an order that a thread has neighbours.
// With POOL the largest of 3 x 3 results, two places apart, are all that leaves the block. They are taken of sums: what
// stands behind never makes the larger of two numbers the smaller one. Of the 16 places 15 count, and a step ends with a
// line that the next one needs as well (`carried`). ROWS is odd where a strip is one step. The text in front defines
//   X: type of the image; T: of the factors; Sum: of sums; R: of the result
//   BEFORE: whether there is DEV void before(x, y), which makes numbers of T of those of X
//   CHANNELS, WINDOW_H, WINDOW_W, STRIDE_H, STRIDE_W, LEAD; BN: columns of a block, by COLUMNS; ACROSS, ROWS; POOL
// and stands in front of the functions behind the product (Behind, finish).
struct Args {
    const X* x;
    const unsigned char* w;  // a row of K_BYTES for each column, in the order of the fragments
    void* y;
    const void* extra[EXTRAS];
    i32 N;
    i32 inH, inW, outH, outW, padH, padW;  // out: of the convolution
    i32 works;
    i32 wide;
    i32 pooledH, pooledW;
    i32 steps, lines;           // of a strip; lines: of what is stored
    Divisor acrossOf, worksOf;  // strips beside each other, strips of an image
};
// Places of a unit; bytes of a column.
constexpr int UNIT_H = sizeof(T) == 1 ? 2 : 1, UNIT_W = 4 / (int)sizeof(T) / UNIT_H, COLUMN_BYTES = 4 / UNIT_W;
constexpr int LINE_UNITS = (LEAD + WINDOW_W + UNIT_W - 1) / UNIT_W, LINES = STRIDE_H / UNIT_H * CHANNELS;  // lines of a group
constexpr int GROUP_UNITS = LINES * LINE_UNITS, HALVES = (GROUP_UNITS + 3) / 4;
constexpr int GROUPS = (WINDOW_H + STRIDE_H - 1) / STRIDE_H, SEEN_GROUPS = GROUPS + ROWS - 1;
constexpr bool WHOLE_HALVES = LINE_UNITS % 4 == 0;  // each of one line
//! Whether a group's unit is of a line of the window.
DEV constexpr bool isThere(int unit, int group) {
    return group * STRIDE_H + unit / (CHANNELS * LINE_UNITS) * UNIT_H < WINDOW_H;
}
constexpr int LAST_LINES = WINDOW_H - (GROUPS - 1) * STRIDE_H;
constexpr int LAST_UNITS = (LAST_LINES + UNIT_H - 1) / UNIT_H * CHANNELS * LINE_UNITS, LAST_HALVES = (LAST_UNITS + 3) / 4;
constexpr int PAIRS = HALVES / 2, LAST_PAIRS = (LAST_HALVES + 1) / 2 < PAIRS ? (LAST_HALVES + 1) / 2 : PAIRS;
constexpr int SINGLES = HALVES % 2 ? GROUPS - 1 + (LAST_HALVES == HALVES) : 0;  // groups with a half that is none of a pair
constexpr int STEPS = (GROUPS - 1) * PAIRS + LAST_PAIRS + (SINGLES + 1) / 2, K_BYTES = STEPS * 32, W_LINE = K_BYTES + 16;
constexpr int NT = COLUMNS / 8, V = COLUMNS / 4, DOWN = BN / COLUMNS, THREADS = ACROSS * DOWN * 32;
constexpr int TILE_W = POOL ? 14 : 16, CHUNKS = (SEEN_GROUPS + ROWS - 1) / ROWS, RING = ROWS % 2 ? CHUNKS : CHUNKS + 1;
constexpr int SEEN_W = ((ACROSS - 1) * TILE_W + 15) * STRIDE_W + LINE_UNITS * UNIT_W;
constexpr int PIECE = 8, SEEN_LINE = (SEEN_W + PIECE - 1 + PIECE - 1) / PIECE * PIECE, LINE_PIECES = SEEN_LINE / PIECE;
constexpr int PIECE_BYTES = PIECE * COLUMN_BYTES, LINE_BYTES = SEEN_LINE * COLUMN_BYTES, GROUP_BYTES = LINES * LINE_BYTES;
constexpr int CHUNK_BYTES = ROWS * GROUP_BYTES;
constexpr int PIECES = ROWS * LINES * LINE_PIECES, TURNS = (PIECES + THREADS - 1) / THREADS;
constexpr int SEEN_AT = BN * W_LINE;
constexpr int RESIDENT = THREADS >= 512 ? 1 : 512 / THREADS > 4 ? 4 : 512 / THREADS;  // blocks of a multiprocessor
constexpr bool COPIES = !BEFORE && UNIT_H == 1;  // lines stay as they are
