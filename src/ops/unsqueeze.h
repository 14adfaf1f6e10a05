// SPDX-License-Identifier: Apache-2.0
// Unsqueeze. Inputs: 0 x, 1 axes (optional 1-D i32 or i64 known at build time, instead of the attribute). Output: x
// with dimensions of size 1 at `axes`, counted in the output (may be negative). Contents of shape tensors pass. Tested
// by tests/ops/unsqueeze.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Unsqueeze : public OpBase<Unsqueeze> {
public:
    static constexpr OpInfo kInfo{"Unsqueeze", OpClass::Movement, 1, 2, 1, "inserts dimensions of size 1"};

    std::vector<int64_t> axes;

    Unsqueeze() = default;
    explicit Unsqueeze(std::vector<int64_t> axes) : axes(std::move(axes)) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    bool isView() const override { return true; }
    void fields(FieldVisitor& v) override { v.field("axes", axes); }
};

}  // namespace opentrt::ops
