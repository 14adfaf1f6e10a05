// SPDX-License-Identifier: Apache-2.0
// Formats as dimensions and strides: how the CPU kernels, which know only dense arrays, see a formatted tensor.
#pragma once
#include <vector>

#include "backends/backend.h"
#include "backends/cpu/kernels/layout.h"

namespace opentrt::cpu {

//! Dimensions in memory order: [N, C, H, W] is [N, C/16, H, W, 16] in chw16 and [N, H, W, C] in nhwc.
std::vector<int64_t> memoryDims(Format format, const std::vector<int64_t>& dims);
//! Strides of `operand`, in its own memory order, for walking the dims of a larger tensor; 0 where it is broadcast.
std::vector<int64_t> broadcastStrides(Format format, const std::vector<int64_t>& operand);
//! A constant moved from row-major into a format.
Tensor reformatConstant(const Tensor& tensor, Format format);
kernels::ImageLayout layoutOf(Format format);
//! Product of the dims behind the channels.
int64_t spatialOf(const std::vector<int64_t>& dims);
//! Formats that are worth offering for a tensor of this shape: linear, and for images those that need no channel
//! padding.
std::vector<Format> formatsFor(const Shape& shape);
//! The same without chw8, which our own kernels do not know.
std::vector<Format> kernelFormats(const Shape& shape);

}  // namespace opentrt::cpu
