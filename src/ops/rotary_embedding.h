// SPDX-License-Identifier: Apache-2.0
// RotaryEmbedding. Inputs: 0 x [B, H, S, D], 1 cos, 2 sin, 3 positions [B, S] (i32, i64; optional). cos and sin are
// [B, S, R/2], or [positions, R/2] when input 3 is there; R is `dim`, or D when that is 0, and even. Output: like x;
// pair p (x_p, x_{p+R/2}), or with `interleaved` (x_{2p}, x_{2p+1}), is rotated by angle p of its position; elements
// from R on pass. Positions outside the table rotate by angle 0. Types: f32 f16 bf16. Tested by
// tests/ops/rotary_embedding.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class RotaryEmbedding : public OpBase<RotaryEmbedding> {
public:
    static constexpr OpInfo kInfo{"RotaryEmbedding", OpClass::Opaque, 3, 4, 1, "rotates pairs of elements by position"};

    bool interleaved = false;
    int64_t dim = 0;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("interleaved", interleaved);
        v.field("dim", dim);
    }
};

}  // namespace opentrt::ops
