// SPDX-License-Identifier: Apache-2.0
// Convolution of each channel by itself, in channels-last order: a thread takes V neighbouring channels of a pixel. The
// text in front defines T, R, V, and finish() as for contractions, whose result has rows of pixels and columns of
// channels. The weights are [window, channels].
struct Args {
    const T *x, *w;
    void* y;
    const void* extra[6];
    i32 extraKind[6];
    i32 M;
    u32 count;                // of chunks of V channels
    Divisor chunks, outW, outH;
    i32 channels;
    i32 inH, inW, windowH, windowW, strideH, strideW, padH, padW, dilationH, dilationW;
};
