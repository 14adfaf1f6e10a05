// SPDX-License-Identifier: Apache-2.0
// Maximum and average over sliding windows of up to three spatial axes, in NCHW, NHWC and nChw16c; f32, f16, bf16 (sums
// in f32). Parallel over images, channels and rows. For averages over whole images see globalAverage in reduce.h.
#pragma once
#include <cstdint>

#include "backends/cpu/kernels/layout.h"
#include "base/types.h"

namespace opentrt::cpu::kernels {

//! One spatial axis. Fewer than three axes: the first ones keep the defaults.
struct PoolAxis {
    int64_t in = 1, out = 1, kernel = 1, stride = 1, dilation = 1;
    int64_t before = 0, after = 0;  //!< padding
};

struct PoolArgs {
    enum class Kind : uint8_t {
        Max,               //!< NaN wins; a window outside the data gives -inf
        Average,           //!< only positions inside the data count; none: 0
        AverageOfPadding,  //!< positions in padding count, too, but none beyond it
    };
    Kind kind = Kind::Max;
    DType type = DType::F32;
    ImageLayout layout = ImageLayout::Nchw;
    int64_t batch = 1, channels = 1;
    PoolAxis axes[3];
    const void* x = nullptr;
    void* y = nullptr;
};
void pool(const PoolArgs& args);

}  // namespace opentrt::cpu::kernels
