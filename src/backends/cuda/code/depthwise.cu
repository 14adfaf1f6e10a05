// SPDX-License-Identifier: Apache-2.0
// Convolution of each channel by itself, in channels-last order: a thread takes V neighbouring channels of PLACES
// neighbours of a line. With AHEAD it brings the weights of the whole window before the wait for the predecessor, then all
// that the window sees at once: for few places, where each line after the other would wait for memory. With SLICE a block
// brings what so many pieces of V channels see of some lines into shared memory, and reads it there. With ROWS a thread takes
// PLACES of so many lines below each other: what it reads and makes a float of serves all of them. The text in front defines
// SLICE, ROWS (0: none), CHANNELS, STRIDE_H, T, R, V, PLACES (with 1, windows may be dilated), WINDOW_H, WINDOW_W, STRIDE_W,
// AHEAD, and finish() as for contractions, whose result has rows of pixels and columns of channels. The weights are [window,
// channels].
struct Args {
    const T *x, *w;
    void* y;
    const void* extra[EXTRAS];
    u32 count;                  // of chunks of V channels of PLACES pixels
    Divisor chunks, across, outH;  // across: places of a line, in PLACES
    i32 outW, channels;
    Divisor slices, bands, seenW;  // of channels, of lines; what is brought of a line
    u32 bandRows, seenPixels;
    i32 inH, inW, strideH, strideW, padH, padW, dilationH, dilationW;
    Divisor down;  // lines of the result, in ROWS
};
