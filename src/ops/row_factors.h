// SPDX-License-Identifier: Apache-2.0
// RowFactors. Input: 0 what RowStatistics says of rows, f32 [..., parts, 2]. Outputs, f32 [..., 1]: 0 the mean of each
// row, 1 the factor 1 / sqrt(variance + epsilon); with `rms` mean 0 and 1 / sqrt(mean(x^2) + epsilon). So
// (x - mean) * factor is the row normalised. Tested by tests/ops/row_factors.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class RowFactors : public OpBase<RowFactors> {
public:
    static constexpr OpInfo kInfo{
        "RowFactors", OpClass::Reduction, 1, 1, 2, "mean and factor of rows to be normalised, from their statistics"};

    double epsilon = 1e-5;
    bool rms = false;

    RowFactors() = default;
    RowFactors(double epsilon, bool rms) : epsilon(epsilon), rms(rms) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("epsilon", epsilon);
        v.field("rms", rms);
    }
};

}  // namespace opentrt::ops
