// SPDX-License-Identifier: Apache-2.0
// Select. Inputs: 0 condition (bool), 1 then, 2 otherwise; equal ranks, all three broadcast; 1 and 2 alike in type.
// Output: broadcast shape, type of input 1. Contents of shape tensors are tracked. Tested by tests/ops/select.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Select : public OpBase<Select> {
public:
    static constexpr OpInfo kInfo{"Select", OpClass::Pointwise, 3, 3, 1, "elementwise choice between two tensors"};

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void emitScalar(ScalarBuilder& builder) const override;
};

}  // namespace opentrt::ops
