// SPDX-License-Identifier: Apache-2.0
// What the convolution kernels have in common: how images are addressed and what follows the sum.
#pragma once
#include <cstdint>
#include <limits>
#include <span>

#include "backends/cpu/kernels/layout.h"
#include "backends/cpu/kernels/pointwise.h"

namespace opentrt::cpu::kernels {

//! Strides of an image in elements: channel c of pixel p of image n is at n * image + p * pixel + c / 16 * block +
//! c % 16 * channel. Nchw8c is not addressable in blocks of 16.
struct ImageStrides {
    int64_t image = 0, pixel = 0, block = 0, channel = 1;
};
ImageStrides imageStrides(ImageLayout layout, int64_t channels, int64_t pixels);

//! An operand of an epilogue program, in the terms of ImageStrides; 0 broadcasts. A value per channel has pixel 0,
//! block 16, channel 1.
struct ConvOperand {
    const void* data = nullptr;
    ImageStrides strides;
};

//! What happens to a convolution's sum before it is stored, in this order: bias, residual, clamp, program.
struct ConvEpilogue {
    const float* bias = nullptr;      //!< [channels]
    const float* residual = nullptr;  //!< added; same layout as the output, and may be the output
    float clampLow = -std::numeric_limits<float>::infinity();  //!< relu is [0, inf]
    float clampHigh = std::numeric_limits<float>::infinity();
    //! Input 0 is the value so far (F32), inputs 1.. are `operands`; the one output is F32. Operands must be readable
    //! for the channels that pad the last block of a blocked layout.
    const PointwiseProgram* program = nullptr;
    std::span<const ConvOperand> operands;
};

//! Runs the epilogue's program over `pixels` consecutive pixels of one block of `channels` <= 16 channels; of more
//! where the blocks of every operand follow each other.
void runConvProgram(const ConvEpilogue& epilogue, const ImageStrides& strides, float* y, int64_t image, int64_t pixel,
                    int64_t pixels, int64_t block, int64_t channels);

}  // namespace opentrt::cpu::kernels
