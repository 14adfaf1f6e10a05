// SPDX-License-Identifier: Apache-2.0
// Scaled dot-product attention: softmax(scale * Q * K^T + mask) * V, without ever holding the whole matrix of scores.
// Grouped heads (several query heads per key head), additive or boolean masks, causal masks; computes in f32.
//
// Blocks of 48 queries meet chunks of up to 1024 keys, whose scores stay in L2; between chunks the sums are rescaled by
// the change of the maximum. Keys and values are packed once per group of heads. A few queries (decoding) take a path
// of their own that reads keys and values once, unpacked.
#pragma once
#include <cstdint>

#include "base/types.h"

namespace opentrt::cpu::kernels {

struct AttentionArgs {
    //! Elements between neighbours along batch, head, row and column; columns are neighbours but in keys.
    struct Strides {
        int64_t batch = 0, head = 0, row = 0, column = 1;
    };
    enum class Causal : uint8_t { None, UpperLeft, LowerRight };  //!< see ops::Attention

    DType type = DType::F32;  //!< of q, k, v, y: F32, F16, BF16
    int64_t batch = 1, heads = 1, kvHeads = 1;
    int64_t queries = 1, keys = 1, depth = 1, valueDepth = 1;
    const void* q = nullptr;
    const void* k = nullptr;
    const void* v = nullptr;
    void* y = nullptr;
    Strides qStrides, kStrides, vStrides, yStrides;
    //! Added f32, or bool (false: may not attend), or null. Strides over batch, head, query, key; 0 broadcasts.
    const void* mask = nullptr;
    bool maskIsBool = false;
    int64_t maskStrides[4] = {0, 0, 0, 1};
    Causal causal = Causal::None;
    float scale = 1;
};

//! Floats of workspace for `threads` threads; more threads than that are not used.
int64_t attentionWorkspace(const AttentionArgs& args, int threads);
//! A query that may attend to nothing gives zeros. Parallel over heads and blocks of queries.
void attention(const AttentionArgs& args, float* workspace, int threads);

}  // namespace opentrt::cpu::kernels
