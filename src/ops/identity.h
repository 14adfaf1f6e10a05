// SPDX-License-Identifier: Apache-2.0
// Identity. Input: 0 x. Output: equal to x in type, shape, contents. Tested by tests/ops/identity.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Identity : public OpBase<Identity> {
public:
    static constexpr OpInfo kInfo{"Identity", OpClass::Pointwise, 1, 1, 1, "the same tensor"};

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    bool isView() const override { return true; }
    void emitScalar(ScalarBuilder& builder) const override;
};

}  // namespace opentrt::ops
