// SPDX-License-Identifier: Apache-2.0
// RowStatistics. Input: 0 x, whose last dimension is known and a multiple of 32. Output: f32 [..., N / 32, 2]: of each
// 32 neighbours their mean, and the sum of their squared distances from it. What leaves rows behind computes this at
// little cost, and RowFactors makes of it what normalisation needs, so nothing reads the rows for that. Means and
// distances of parts can be added up without loss, which sums of squares cannot. Types: f32 f16 bf16. Tested by
// tests/ops/row_statistics.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class RowStatistics : public OpBase<RowStatistics> {
public:
    static constexpr OpInfo kInfo{
        "RowStatistics", OpClass::Reduction, 1, 1, 1, "mean and squared distances of parts of rows"};
    static constexpr int64_t kColumns = 32;  //!< of a part

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
};

}  // namespace opentrt::ops
