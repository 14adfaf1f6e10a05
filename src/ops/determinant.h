// SPDX-License-Identifier: Apache-2.0
// Determinant. Input: 0 x [..., n, n]. Output: [...], the determinant of each matrix. Types: f32 f16 bf16. Ours, for
// ONNX Det. Tested by tests/ops/determinant.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Determinant : public OpBase<Determinant> {
public:
    static constexpr OpInfo kInfo{"Determinant", OpClass::Opaque, 1, 1, 1, "determinants of square matrices"};

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
};

}  // namespace opentrt::ops
