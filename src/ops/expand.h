// SPDX-License-Identifier: Apache-2.0
// Expand. Inputs: 0 x, 1 dimensions (optional 1-D i32 or i64 of known length, instead of `dims`). Output: x broadcast
// with a tensor of those dimensions, as numpy does: ranks are aligned at the right, a dimension that is 1 on one side
// takes the other's size. Contents of shape tensors are tracked. Tested by tests/ops/expand.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Expand : public OpBase<Expand> {
public:
    static constexpr OpInfo kInfo{"Expand", OpClass::Movement, 1, 2, 1, "repeats dimensions of size 1"};

    std::vector<int64_t> dims;

    Expand() = default;
    explicit Expand(std::vector<int64_t> dims) : dims(std::move(dims)) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override { v.field("dims", dims); }
};

}  // namespace opentrt::ops
