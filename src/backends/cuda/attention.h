// SPDX-License-Identifier: Apache-2.0
// What all kernels for attention read of the operator: where its operands lie, and what none of them takes.
#pragma once
#include "backends/cuda/arguments.h"
#include "backends/op_step.h"
#include "backends/region.h"
#include "ops/attention.h"

namespace opentrt::cuda {

using Operand = ops::Attention::Operand;
//! Inputs behind query, key and value.
inline constexpr size_t kMask = 3, kQuantization = 4;

//! Where an operand lies in its tensor: sizes and strides of batch, head, row, column; bytes in front of the first
//! element.
struct AttentionOperand {
    Dims dims;
    int64_t stride[4];
    int64_t offset;

    AttentionOperand(const ops::Attention& op, Operand operand, const Port& port);
};

//! Columns of an input, when they are known, else 0.
int64_t columnsOf(const RegionView& region, const ops::Attention& op, Operand operand);
//! What no kernel but that of all scores takes.
std::string whyNotAttention(const RegionView& region, const ops::Attention& op);
//! What kernels that do not round probabilities do not take.
std::string whyNotExact(const RegionView& region);
//! What no kernel on tensor cores takes that has room for so many columns.
std::string whyNotTiles(const RegionView& region, const ops::Attention& op, int64_t mostColumns);
//! The types, and what the mask does to a score.
std::string maskCode(const RegionView& region);
//! In elements, 0 where it is broadcast; the mask is there.
Dims maskStrides(const OpCall<ops::Attention>& call);

}  // namespace opentrt::cuda
