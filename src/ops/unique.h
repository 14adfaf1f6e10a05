// SPDX-License-Identifier: Apache-2.0
// Unique. Input: 0 x (rank r >= 1). Outputs: 0 the slices of x along `axis` that differ, by rising elements (`sorted`)
// or in the order in which they first occur; i64 lists: 1 the first place of each, 2 for each slice of x its number in
// output 0, 3 how often each occurs. Their number is known after the run. Any type. Ours, for ONNX.
// Tested by tests/ops/unique.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Unique : public OpBase<Unique> {
public:
    static constexpr OpInfo kInfo{"Unique", OpClass::Opaque, 1, 1, 4, "slices that differ, and where they occur"};

    int64_t axis = 0;
    bool sorted = true;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("axis", axis);
        v.field("sorted", sorted);
    }
};

}  // namespace opentrt::ops
