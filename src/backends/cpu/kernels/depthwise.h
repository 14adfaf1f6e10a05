// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution (one input channel per output channel), f32, in nChw16c, NHWC or NCHW; any kernel, stride,
// padding and dilation, with specialised code for 3 and 5 columns at strides 1 and 2. Parallel over images, channels
// and rows.
#pragma once
#include <cstdint>

#include "backends/cpu/kernels/conv.h"

namespace opentrt::cpu::kernels {

struct DepthwiseConv {
    int64_t batch = 1, channels = 0, height = 0, width = 0, outHeight = 0, outWidth = 0;
    int64_t kernelH = 3, kernelW = 3, strideH = 1, strideW = 1, dilationH = 1, dilationW = 1;
    int64_t padTop = 0, padLeft = 0;
    ImageLayout layout = ImageLayout::Nchw16c;
};

//! Floats of the packed weights [channels / 16][kernelH * kernelW][16]; `weights` is dense
//! [channels][kernelH][kernelW].
int64_t depthwiseWeightsSize(const DepthwiseConv& conv);
void depthwiseWeights(const DepthwiseConv& conv, const float* weights, float* packed);
void depthwise(const DepthwiseConv& conv, const float* x, const float* packed, const ConvEpilogue& epilogue, float* y);

}  // namespace opentrt::cpu::kernels
