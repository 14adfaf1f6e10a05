// SPDX-License-Identifier: Apache-2.0
// ReverseSequence. Inputs: 0 x (rank 2 or more), 1 lengths [size of batchAxis] (i32, i64). Output: like x; in slice b
// along batchAxis the first lengths[b] elements along sequenceAxis are reversed. Tested by
// tests/ops/reverse_sequence.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class ReverseSequence : public OpBase<ReverseSequence> {
public:
    static constexpr OpInfo kInfo{
        "ReverseSequence", OpClass::Movement, 2, 2, 1, "reverses the first elements of sequences"};

    int64_t batchAxis = 1;
    int64_t sequenceAxis = 0;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("batchAxis", batchAxis);
        v.field("sequenceAxis", sequenceAxis);
    }
};

}  // namespace opentrt::ops
