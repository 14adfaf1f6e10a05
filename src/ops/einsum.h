// SPDX-License-Identifier: Apache-2.0
// Einsum. Inputs: any number, types alike (f32 f16 bf16 i32 i64). `equation` follows numpy: "ij,jk->ik", implicit
// output
// ("ij,jk": labels that occur once, in alphabetical order), repeated labels in one term take the diagonal, "..." stands
// for broadcast dimensions, spaces are ignored, an empty term is a scalar; letters of both cases.
// Equal labels have equal dimensions, or one is 1 and broadcasts. Tested by tests/ops/einsum.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Einsum : public OpBase<Einsum> {
public:
    static constexpr OpInfo kInfo{"Einsum", OpClass::Contraction, 1, -1, 1, "sum of products by an index equation"};

    std::string equation;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    double flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const override;
    void fields(FieldVisitor& v) override { v.field("equation", equation); }
};

}  // namespace opentrt::ops
