// SPDX-License-Identifier: Apache-2.0
// Cells of boxes of an image; the text in front defines T.
struct Args {
    const T *x, *boxes;
    const void* batches;
    T* y;
    u32 count;
    Divisor width, height, channels;  // of the result
    i32 images, inHeight, inWidth, samples;
    double scale;
};
DEV double between(double x, double low, double high) { return x < low ? low : x > high ? high : x; }
