// SPDX-License-Identifier: Apache-2.0
// ParametricRelu. Inputs: 0 x, 1 slope of x's rank, broadcast to x (dimensions equal or 1). Output: like x,
// x < 0 ? slope*x : x. Types: floating, both alike. Tested by tests/ops/parametric_relu.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class ParametricRelu : public OpBase<ParametricRelu> {
public:
    static constexpr OpInfo kInfo{"ParametricRelu", OpClass::Pointwise, 2, 2, 1, "relu with a learned slope"};

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void emitScalar(ScalarBuilder& builder) const override;
};

}  // namespace opentrt::ops
