// SPDX-License-Identifier: Apache-2.0
// Lrn. Input: 0 x [N, C, ...] of rank 3 or more. Output: like x,
// x / (k + alpha/window * sum of squares over `window` neighbouring channels) ^ beta. An even window reaches one
// channel further up than down. Types: f32 f16 bf16. Tested by tests/ops/lrn.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Lrn : public OpBase<Lrn> {
public:
    static constexpr OpInfo kInfo{"Lrn", OpClass::Window, 1, 1, 1, "local response normalisation across channels"};

    int64_t window = 5;
    double alpha = 1e-4;
    double beta = 0.75;
    double k = 1;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("window", window);
        v.field("alpha", alpha);
        v.field("beta", beta);
        v.field("k", k);
    }
};

}  // namespace opentrt::ops
