// SPDX-License-Identifier: Apache-2.0
// The vectorised steps of attention that are not matrix products.
#pragma once
#include <cstdint>

#include "base/types.h"

namespace opentrt::cpu::kernels {

//! What one query adds to its scores.
struct ScoreMask {
    const float* add = nullptr;        // null: nothing
    const uint8_t* allowed = nullptr;  // null: all
    int64_t step = 1;
};

//! State of a query between chunks of keys.
struct SoftmaxState {
    float maximum, sum;
};

//! Turns `count` scores into exponentials of their distance to the maximum so far and updates the state. Score i is at
//! scores[i / 16 * block + i % 16]; scores up to `padded` become 0. Returns the factor for earlier sums.
using ExponentiateFunction = float (*)(float* scores, int64_t block, int64_t count, int64_t padded,
                                       const ScoreMask& mask, SoftmaxState& state);

//! out[i] = dot(q, row i) for rows of `type`.
using DotRowsFunction = void (*)(DType type, const float* q, const void* rows, int64_t step, int64_t count,
                                 int64_t depth, float* out);
//! sum[e] += weights[i] * row i [e].
using AddRowsFunction = void (*)(DType type, const float* weights, const void* rows, int64_t step, int64_t count,
                                 int64_t depth, float* sum);

struct AttentionSteps {
    ExponentiateFunction exponentiate;
    DotRowsFunction dotRows;
    AddRowsFunction addRows;
};
const AttentionSteps& attentionSteps();

}  // namespace opentrt::cpu::kernels
