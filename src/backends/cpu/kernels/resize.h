// SPDX-License-Identifier: Apache-2.0
// Interpolation along up to three spatial axes as weighted sums of 1 (nearest), 2 (linear), 4 (cubic) or more positions
// per axis, given as tables, so that any rule of coordinates fits. NCHW, NHWC and nChw16c. Parallel over rows.
#pragma once
#include <cstdint>
#include <vector>

#include "backends/cpu/kernels/layout.h"
#include "base/types.h"

namespace opentrt::cpu::kernels {

//! Output position o is the sum over t < taps of weight[o * taps + t] * input[index[o * taps + t]]; indices lie inside.
struct ResizeAxis {
    int64_t in = 1, out = 1;
    int taps = 1;
    std::vector<int32_t> index = {0};
    std::vector<float> weight = {1};
};

struct ResizeArgs {
    DType type =
        DType::F32;  //!< F32, F16, BF16; with one tap per axis any type of whole bytes, and weights do not count
    ImageLayout layout = ImageLayout::Nchw;
    int64_t batch = 1, channels = 1;
    ResizeAxis axes[3];  //!< fewer than three: the first ones keep the defaults
    const void* x = nullptr;
    void* y = nullptr;
};
void resize(const ResizeArgs& args);

}  // namespace opentrt::cpu::kernels
