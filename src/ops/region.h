// SPDX-License-Identifier: Apache-2.0
// Region. Inputs and outputs are those of its one body, in order; the result is the body's. Made by fusion.
// Tested by tests/ops/region.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Region : public OpBase<Region> {
public:
    static constexpr OpInfo kInfo{
        "Region", OpClass::Control, 0, -1, -1, "a group of operators that runs as one kernel"};

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
};

}  // namespace opentrt::ops
