// SPDX-License-Identifier: Apache-2.0
// An inverted bottleneck in one kernel: a 1x1 convolution that makes many channels of few, a convolution of each channel by
// itself, and a 1x1 convolution that makes few of them again; without the first or the last as well. A block takes a tile
// of the result: it brings the pixels that the tile's windows see, multiplies them (mma.sync) into CHUNK channels in shared
// memory, slides the windows over these, and multiplies what comes out, so that neither is ever in memory. What lies
// outside of the image is zero to the windows. The text in front defines
//   T; EXPANDS, PROJECTS: which convolutions stand around the middle one
//   CHANNELS of the image, MIDDLE, MADE by the last convolution; WINDOW and STRIDE along a side
//   DOWN x ACROSS: places of the result that a block makes
//   CHUNK channels of the middle at once, PASSES of them; where nothing is projected each pass has blocks of its own
//   RESIDENT: blocks of a multiprocessor
// and, in namespaces expand, middle and project, R and the functions behind each convolution (Behind, finish, finished).
struct LinkArgs {
    void* y;
    const void* extra[EXTRAS];
};
struct BottleneckArgs {
    const T* x;
    const unsigned char* weights;  // in fragments
    LinkArgs link[3];
    Divisor along, tiles;  // tiles of a line, of an image
    i32 inH, inW, outH, outW, padH, padW;
};
constexpr int THREADS = 256, WARPS = THREADS / 32;
constexpr int SEEN_H = (DOWN - 1) * STRIDE + WINDOW, SEEN_W = (ACROSS - 1) * STRIDE + WINDOW, SEEN = SEEN_H * SEEN_W;
constexpr int SEEN_TILES = (SEEN + 15) / 16, PIXELS = DOWN * ACROSS, PIXEL_TILES = (PIXELS + 15) / 16;
constexpr int STEPS = (CHANNELS + 15) / 16, GROUPS = CHUNK / 16, MADE_GROUPS = (MADE + 15) / 16;
// Of a line every other place comes first where windows are two apart, so that those of neighbouring windows are neighbours.
constexpr int HALF = STRIDE == 2 ? (SEEN_W + 1) / 2 : 1;
DEV constexpr int rowOf(int place) { return STRIDE == 2 ? place % 2 * HALF + place / 2 : place; }
DEV constexpr int placeOf(int row) { return STRIDE == 2 ? (row < HALF ? row * 2 : (row - HALF) * 2 + 1) : row; }
constexpr int PAIRS = (WINDOW * WINDOW + 1) / 2;  // of taps
// Bytes between rows, of which eight that are read at once lie in other banks.
constexpr int IMAGE_PITCH = STEPS * 32 + 16, MIDDLE_PITCH = CHUNK * 2 + 16, RESULT_PITCH = CHUNK * 2 + 16;
// In shared memory: what windows see; then the image, and what windows make, in its place where it is read no more.
constexpr int IMAGE_AT = (EXPANDS ? SEEN_TILES * 16 : SEEN) * MIDDLE_PITCH;
constexpr int RESULT_AT = IMAGE_AT + (EXPANDS && PROJECTS && PASSES > 1 ? SEEN_TILES * 16 * IMAGE_PITCH : 0);
constexpr int MIDDLE_WEIGHTS_AT = EXPANDS ? PASSES * GROUPS * STEPS * 512 : 0;
constexpr int LAST_WEIGHTS_AT = MIDDLE_WEIGHTS_AT + PASSES * CHUNK / 8 * PAIRS * 256;

//! The tile of a block: its first place in the result, and the first one that a window sees.
struct Tile {
    i64 image;
    i32 top, left, seenTop, seenLeft;
};
//! A product of 16 rows in shared memory and 16 channels, whose weights lie as fragments in which a thread has four
//! neighbouring channels of a row: of sums, two of one row and two of the row 8 further, for two channels and the next two.
template <int COUNT>
DEV void multiplyRows(float (&acc)[2][4], u32 rows, int pitch, const uint4 (&w)[COUNT]) {
    const u32 lane = threadIdx.x % 32, from = rows + lane % 16 * pitch + lane / 16 * 16;
#pragma unroll
    for (int s = 0; s < COUNT; s++) {
        u32 x[4];
        loadFragments(x, from + s * 32);
        multiply(acc[0], x, w[s].x, w[s].y, T());
        multiply(acc[1], x, w[s].z, w[s].w, T());
    }
}
template <int COUNT>
DEV void loadWeights(uint4 (&w)[COUNT], const unsigned char* from) {
#pragma unroll
    for (int s = 0; s < COUNT; s++) w[s] = __ldg((const uint4*)from + s * 32 + threadIdx.x % 32);
}
//! Of such sums those of one row.
DEV void sumsOf(const float (&acc)[2][4], int half, float (&sum)[4]) {
#pragma unroll
    for (int v = 0; v < 4; v++) sum[v] = acc[v / 2][half * 2 + v % 2];
}
