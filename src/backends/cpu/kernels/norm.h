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
//! RMS norm leaves the mean out. Parallel over rows. x, residual, sum and y are dense of `type`.
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

//! Group norm over `groups` of channels and all of `spatial`; instance norm has groups == channels. f32. Clamp fuses
//! relu. Blocked layouts need channels / groups to be a multiple of the block, or groups == channels.
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
    float* y = nullptr;
};
void groupNorm(const GroupNormArgs& args);

}  // namespace opentrt::cpu::kernels
