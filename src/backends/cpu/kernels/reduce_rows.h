// SPDX-License-Identifier: Apache-2.0
// The two inner loops of reductions.
#pragma once
#include <cstdint>

#include "backends/cpu/kernels/reduce.h"

namespace opentrt::cpu::kernels {

//! Walks over reduced dims: step s is at the sum of its mixed-radix digits times strides.
struct ReduceSteps {
    const int64_t* sizes;
    const int64_t* strides;
    int count;  // of dims
    int64_t at(int64_t step) const {
        if (count == 1) return step * strides[0];
        int64_t offset = 0;
        for (int i = count; i-- > 0; step /= sizes[i]) offset += step % sizes[i] * strides[i];
        return offset;
    }
};

struct ReduceLoops {
    //! One result from runs of `inner` contiguous elements at steps [begin, end).
    float (*rows)(ReduceKind kind, DType type, const void* x, int64_t inner, const ReduceSteps& steps, int64_t begin,
                  int64_t end);
    //! `width` neighbouring results, each from the elements of its column at steps [begin, end).
    void (*columns)(ReduceKind kind, DType type, const void* x, int64_t width, const ReduceSteps& steps, int64_t begin,
                    int64_t end, float* out);
};
const ReduceLoops& reduceLoops();

}  // namespace opentrt::cpu::kernels
