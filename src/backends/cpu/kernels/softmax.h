// SPDX-License-Identifier: Apache-2.0
// Softmax and log-softmax over one axis. Two passes over rows that fit in L1 and L2, exponentials vectorised; the sum
// is accumulated per lane in a fixed order. F16 and BF16 tensors compute in f32.
#pragma once
#include <cstdint>

#include "base/types.h"

namespace opentrt::cpu::kernels {

//! x and y are dense [outer..., axis, inner] of `type`; y may be x where the type is F32. Value softmaxed: x * scale +
//! mask.
struct SoftmaxArgs {
    DType type = DType::F32;  //!< F32, F16, BF16
    int64_t outer[3] = {1, 1, 1};
    int64_t axis = 1;
    int64_t inner = 1;
    const void* x = nullptr;
    void* y = nullptr;
    float scale = 1;
    //! Additive f32 mask or null; only with inner == 1. Element (o0, o1, o2, i) is at the sum of index times stride.
    const float* mask = nullptr;
    int64_t maskOuter[3] = {0, 0, 0};
    int64_t maskAxis = 1;
    bool log = false;
};
//! Parallel over rows. A row whose values are all -inf gives NaN, as the definition does.
void softmax(const SoftmaxArgs& args);

}  // namespace opentrt::cpu::kernels
