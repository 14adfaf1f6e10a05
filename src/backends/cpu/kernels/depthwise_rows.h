// SPDX-License-Identifier: Apache-2.0
// Some output rows of a depthwise convolution: the unit that depthwise.cpp shares out.
#pragma once
#include <cstdint>

#include "backends/cpu/kernels/depthwise.h"

namespace opentrt::cpu::kernels {

//! Rows [begin, end) of `blocks` neighbouring blocks of 16 channels, or of one channel of NCHW.
struct DepthwiseRows {
    const DepthwiseConv* conv;
    const float* x;         // row 0, column 0
    const float* weights;   // 16 per tap
    const float* bias;      // 16 per block
    const float* residual;  // null or like y
    float* y;
    ImageStrides in, out;
    float low, high;
    int64_t begin, end;
    int64_t blocks;
};
using DepthwiseRowsFunction = void (*)(const DepthwiseRows& rows);

//! For blocks of 16 channels, chosen by kernel and stride.
DepthwiseRowsFunction depthwiseBlockRows(const DepthwiseConv& conv);
//! For one channel of NCHW.
DepthwiseRowsFunction depthwisePlaneRows();

}  // namespace opentrt::cpu::kernels
