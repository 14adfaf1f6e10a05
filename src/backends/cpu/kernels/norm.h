// SPDX-License-Identifier: Apache-2.0
// Normalisation: layer and RMS norm over dense rows, group and instance norm over images. Mean and variance are taken
// in two passes over data in cache, in f32 with per-lane partial sums in a fixed order.
#pragma once
#include <cstdint>
#include <limits>

#include "backends/cpu/kernels/layout.h"
#include "base/types.h"

namespace opentrt::cpu::kernels {

//! y[r][c] = (v - mean) / sqrt(variance + epsilon) * scale[c] + bias[c], with v = x + residual.
//! RMS norm leaves the mean out. Parallel over rows. x, residual, sum and y are dense of `type`; y and sum may be x.
struct LayerNormArgs {
    DType type = DType::F32;  //!< F32, F16, BF16
    int64_t rows = 0, cols = 0;
    const void* x = nullptr;
    const void* residual = nullptr;  //!< null: none
    void* sum = nullptr;             //!< receives x + residual when not null
    const float* scale = nullptr;    //!< [cols] or null
    const float* bias = nullptr;     //!< [cols] or null
    float epsilon = 1e-5f;
    bool rms = false;
    void* y = nullptr;
};
void layerNorm(const LayerNormArgs& args);

//! Group norm over `groups` of channels and all of `spatial`; instance norm has groups == channels. f32. Parallel over
//! images and channels. Any layout but nChw8c; groups need not match the blocks of a blocked layout.
struct GroupNormArgs {
    ImageLayout layout = ImageLayout::Nchw;
    int64_t batch = 1, channels = 1, spatial = 1, groups = 1;
    const float* x = nullptr;
    const float* scale = nullptr;  //!< [channels] or null
    const float* bias = nullptr;   //!< [channels] or null
    float epsilon = 1e-5f;
    float clampLow = -std::numeric_limits<float>::infinity();
    float clampHigh = std::numeric_limits<float>::infinity();
    bool swish = false;  //!< y * sigmoid(y) after the affine step
    float* y = nullptr;  //!< may be x; channels that pad a block become 0 before clamp
};
int64_t groupNormWorkspace(const GroupNormArgs& args);  //!< floats
void groupNorm(const GroupNormArgs& args, float* workspace);

}  // namespace opentrt::cpu::kernels
