// SPDX-License-Identifier: Apache-2.0
// Direct convolution as GEMM without a matrix: the tile of the product walks over the padded input by a list of
// offsets. Any kernel, stride, padding and dilation, one group. Input NCHW (for few channels, as in a first layer),
// NHWC or nChw16c; output NHWC or nChw16c. f32.
#pragma once
#include <cstdint>
#include <vector>

#include "backends/cpu/kernels/conv.h"

namespace opentrt::cpu::kernels {

struct DirectConv {
    int64_t batch = 1, inChannels = 0, outChannels = 0, height = 0, width = 0, outHeight = 0, outWidth = 0;
    int64_t kernelH = 3, kernelW = 3, strideH = 1, strideW = 1, dilationH = 1, dilationW = 1;
    int64_t padTop = 0, padLeft = 0;
    ImageLayout inLayout = ImageLayout::Nchw16c, outLayout = ImageLayout::Nchw16c;
};

//! Floats of packed weights, which depend on the input's layout; `weights` is dense [outChannels][inChannels][kH][kW].
int64_t directWeightsSize(const DirectConv& conv);
void directWeights(const DirectConv& conv, const float* weights, float* packed);

class DirectConvolution {
public:
    explicit DirectConvolution(const DirectConv& conv);
    //! Floats that a padded copy of the input takes; 0 where no output reaches into padding.
    int64_t workspace() const { return workspace_; }
    //! Parallel over images, output channels and rows.
    void run(const float* x, const float* packed, const ConvEpilogue& epilogue, float* y, float* workspace) const;

private:
    struct Padding {
        bool needed;
        int64_t height, width;  // of the padded image
    };
    void cutDepth();
    void pad(const float* x, float* to) const;

    DirectConv c_;
    Padding padding_;
    ImageStrides source_;           // of the input as the tiles read it
    int64_t depth_, length_ = 0;    // of k, and of its segments
    std::vector<int64_t> offsets_;  // of the segments
    int64_t workspace_ = 0;
};

}  // namespace opentrt::cpu::kernels
