// SPDX-License-Identifier: Apache-2.0
// NormalizeRows. Inputs: 0 x, 1 mean, 2 factor (both f32, of RowFactors; mean may be left out), 3 slope (f32,
// optional), 4 scale, 5 bias (both optional, x's type). All have x's rank and broadcast to x. Output: like x, (x - mean
// * slope) * factor * scale + bias. With the slope 1 it normalises the rows that the factors are of; where x is a
// product of them, the slope is the sum of the weights' columns. Types: f32 f16 bf16. Tested by
// tests/ops/normalize_rows.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class NormalizeRows : public OpBase<NormalizeRows> {
public:
    static constexpr OpInfo kInfo{
        "NormalizeRows", OpClass::Pointwise, 3, 6, 1, "rows, or products of rows, normalised by known factors"};
    enum Input { kX, kMean, kFactor, kSlope, kScale, kBias };

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void emitScalar(ScalarBuilder& builder) const override;
};

}  // namespace opentrt::ops
