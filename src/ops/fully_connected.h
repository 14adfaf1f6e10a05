// SPDX-License-Identifier: Apache-2.0
// FullyConnected. Inputs: 0 x [N..., C, H, W] (rank 3 or more), 1 kernel [K, C*H*W], 2 bias [K] (optional).
// Output: [N..., K, 1, 1]. Types: f32 f16 bf16. Tested by tests/ops/fully_connected.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class FullyConnected : public OpBase<FullyConnected> {
public:
    static constexpr OpInfo kInfo{
        "FullyConnected", OpClass::Contraction, 2, 3, 1, "dense layer over the last three dimensions"};

    int64_t outputMaps = -1;  //!< what the layer API asked for; -1: taken from the kernel

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    double flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const override;
    void fields(FieldVisitor& v) override { v.field("outputMaps", outputMaps); }
};

}  // namespace opentrt::ops
