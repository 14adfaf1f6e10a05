// SPDX-License-Identifier: Apache-2.0
// One output row of a depthwise convolution, the unit that depthwise.cpp shares out.
#pragma once
#include <cstdint>

namespace opentrt::cpu::kernels {

//! A row of one block of up to 16 channels (channel == 1), or of one channel with pixels side by side (planes).
struct DepthwiseRow {
    const float* x;        // row of the first kernel row that lies inside the image, column 0
    int64_t xRow, xPixel;  // strides; xRow already counts dilation
    const float* weights;  // of that kernel row; 16 per column
    int64_t kernelRows;    // that lie inside the image
    int64_t kernelW, strideW, dilationW, padLeft;
    int64_t width, outWidth;
    const float* bias;      // 16 floats
    const float* residual;  // null or like y
    float low, high;
    float* y;
    int64_t yPixel;
    int64_t channels;  // of the block: 16 but for the last of NHWC
};
using DepthwiseRowFunction = void (*)(const DepthwiseRow& row);

//! For blocks of channels, by kernel width and stride, and for one lane of planes.
DepthwiseRowFunction depthwiseBlockRow(int64_t kernelW, int64_t strideW, int64_t dilationW);
DepthwiseRowFunction depthwisePlaneRow();

}  // namespace opentrt::cpu::kernels
