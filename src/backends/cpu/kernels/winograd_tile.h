// SPDX-License-Identifier: Apache-2.0
// The transforms of one Winograd tile of 16 channels, vectorised over channels.
#pragma once
#include <cstdint>

namespace opentrt::cpu::kernels {

//! A rectangle of pixels of one block of 16 channels.
struct TilePixels {
    const float* data;
    int64_t row, pixel;  // strides
};

//! Reads (m + 2)^2 pixels, writes the point (i, j) to points + (i * (m + 2) + j) * pointStride.
using WinogradInput = void (*)(const TilePixels& x, float* points, int64_t pointStride);

struct WinogradResult {
    const float* points;
    int64_t pointStride;
    const float* bias;  // 16 floats
    const float* residual;
    int64_t residualRow, residualPixel;
    float low, high;
    float* y;
    int64_t row, pixel;  // strides of y
};
//! Turns (m + 2)^2 points into m * m pixels.
using WinogradOutput = void (*)(const WinogradResult& result);

struct WinogradTransforms {
    WinogradInput input;
    WinogradOutput output;
};
const WinogradTransforms& winogradTransforms(int tile);

}  // namespace opentrt::cpu::kernels
