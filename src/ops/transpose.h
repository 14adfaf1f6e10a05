// SPDX-License-Identifier: Apache-2.0
// Transpose. Input: 0 x. Output: dimension i is x's dimension permutation[i]. Tested by tests/ops/transpose.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Transpose : public OpBase<Transpose> {
public:
    static constexpr OpInfo kInfo{"Transpose", OpClass::Movement, 1, 1, 1, "permutes the dimensions"};

    std::vector<int64_t> permutation;

    Transpose() = default;
    explicit Transpose(std::vector<int64_t> permutation) : permutation(std::move(permutation)) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override { v.field("permutation", permutation); }
};

}  // namespace opentrt::ops
