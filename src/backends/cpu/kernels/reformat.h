// SPDX-License-Identifier: Apache-2.0
// Changes of image layout: NCHW, NHWC, nChw8c, nChw16c. Channels that pad the last block are written as zero. Parallel
// over batch, channel blocks and spatial strips.
#pragma once
#include <cstdint>

#include "backends/cpu/kernels/layout.h"
#include "base/types.h"

namespace opentrt::cpu::kernels {

//! Channels per block: 1 for Nchw, `channels` for Nhwc.
int64_t channelBlock(ImageLayout layout, int64_t channels);
//! Elements that an image takes, with padding of the last block.
int64_t imageElements(ImageLayout layout, int64_t batch, int64_t channels, int64_t spatial);

//! src and dst of elementSize 1, 2 or 4 bytes; `spatial` is depth * height * width.
void reformat(int64_t elementSize, int64_t batch, int64_t channels, int64_t spatial, ImageLayout from, const void* src,
              ImageLayout to, void* dst);

}  // namespace opentrt::cpu::kernels
