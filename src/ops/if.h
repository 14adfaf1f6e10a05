// SPDX-License-Identifier: Apache-2.0
// If. Inputs: 0 condition (bool, one element), 1.. captured values. Bodies: 0 then, 1 otherwise; both take all captured
// values, in order, as their inputs, used or not. Outputs: one per body output; the bodies agree in number, types and
// ranks, and are laid out by the branch that runs. Where the branches' dimensions differ the output's is a select on a
// tracked condition, or known after the run. Of a condition known at build time only the branch taken is looked at.
// Tested by tests/ops/if.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class If : public OpBase<If> {
public:
    static constexpr OpInfo kInfo{"If", OpClass::Control, 1, -1, -1, "runs one of two bodies"};

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
};

}  // namespace opentrt::ops
