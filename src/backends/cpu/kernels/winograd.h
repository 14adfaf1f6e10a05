// SPDX-License-Identifier: Apache-2.0
// Winograd convolution F(2x2, 3x3) and F(4x4, 3x3): 3x3 kernels, stride 1, no dilation, one group. A tile of the input
// is transformed to (m + 2)^2 points, where convolution is one small matrix product per point; F(4x4) needs a quarter
// of the multiplications of the direct sum. Images are nChw16c, or NHWC of any number of channels.
//
// The interpolation points of F(4x4) are 0, +-1/sqrt(2), +-sqrt(2) and infinity: errors are about 2.5 times smaller
// than with the usual 0, +-1, +-2, some 1e-5 of the largest output for a thousand channels.
#pragma once
#include <cstdint>

#include "backends/cpu/kernels/conv.h"

namespace opentrt::cpu::kernels {

struct WinogradConv {
    //! How threads share the work. Tiles: each has its own tiles and reads all weights. Channels: all transform the
    //! input together, then each makes some output channels and reads only their weights, which pays for small images.
    enum class Split : uint8_t { Auto, Tiles, Channels };

    int tile = 4;  //!< m: 2 or 4
    int64_t batch = 1, inChannels = 0, outChannels = 0;
    int64_t height = 0, width = 0, outHeight = 0, outWidth = 0;
    int64_t padTop = 0, padLeft = 0;
    ImageLayout inLayout = ImageLayout::Nchw16c, outLayout = ImageLayout::Nchw16c;
    Split split = Split::Auto;
};

//! Floats of the transformed weights; `weights` is dense [outChannels][inChannels][3][3].
int64_t winogradWeightsSize(const WinogradConv& conv);
void winogradWeights(const WinogradConv& conv, const float* weights, float* transformed);

//! Floats of workspace for `threads` threads; more threads than that are not used.
int64_t winogradWorkspace(const WinogradConv& conv, int threads);
void winograd(const WinogradConv& conv, const float* x, const float* transformed, const ConvEpilogue& epilogue,
              float* y, float* workspace, int threads);

}  // namespace opentrt::cpu::kernels
