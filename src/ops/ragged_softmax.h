// SPDX-License-Identifier: Apache-2.0
// RaggedSoftmax. Inputs: 0 x [..., Z, S], 1 bounds [..., Z, 1] (i32, i64): how many leading elements of each row count.
// Output: like x; softmax over the counted elements, 0 behind them. Types: f32 f16 bf16.
// Tested by tests/ops/ragged_softmax.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class RaggedSoftmax : public OpBase<RaggedSoftmax> {
public:
    static constexpr OpInfo kInfo{
        "RaggedSoftmax", OpClass::Normalize, 2, 2, 1, "softmax over the first elements of each row"};

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
};

}  // namespace opentrt::ops
