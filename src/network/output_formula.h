// SPDX-License-Identifier: Apache-2.0
// Formulas of applications for the output sizes of convolutions, deconvolutions and poolings, which releases up to 7.x
// had. They take and return Dims by value, in the layout of the version that the application was compiled for.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "NvInfer.h"

namespace opentrt::network {

//! Height and width of each.
struct WindowSizes {
    std::array<int64_t, 2> input, kernel, stride, padding, dilation;
};

std::array<int64_t, 2> sizeByFormula(const nvinfer1::IOutputDimensionsFormula& formula, int32_t era,
                                     const WindowSizes& sizes, const std::string& layer);
//! The rule of the layers themselves, for applications of a version.
nvinfer1::IOutputDimensionsFormula& builtInFormula(int32_t era);

}  // namespace opentrt::network
