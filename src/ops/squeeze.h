// SPDX-License-Identifier: Apache-2.0
// Squeeze. Inputs: 0 x, 1 axes (optional 1-D i32 or i64 known at build time, instead of the attribute). Output: x
// without the dimensions at `axes` (may be negative), each of which is 1. Contents of shape tensors pass. Tested by
// tests/ops/squeeze.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Squeeze : public OpBase<Squeeze> {
public:
    static constexpr OpInfo kInfo{"Squeeze", OpClass::Movement, 1, 2, 1, "removes dimensions of size 1"};

    std::vector<int64_t> axes;

    Squeeze() = default;
    explicit Squeeze(std::vector<int64_t> axes) : axes(std::move(axes)) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    bool isView() const override { return true; }
    void fields(FieldVisitor& v) override { v.field("axes", axes); }
};

}  // namespace opentrt::ops
