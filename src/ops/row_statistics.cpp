// SPDX-License-Identifier: Apache-2.0
#include "ops/row_statistics.h"

#include "base/error.h"
#include "ops/support/check.h"

namespace opentrt::ops {

void RowStatistics::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    requireRankAtLeast(c, 0, 1);
    Shape shape = c.shape(0);
    const Dim columns = shape.back();
    if (!columns.isConstant() || columns.constant() < kColumns || columns.constant() % kColumns != 0)
        c.fail(cat("the last dimension is ", columns, " when it should be a multiple of ", kColumns));
    shape.back() = Dim(columns.constant() / kColumns);
    shape.push_back(Dim(2));
    c.output(0, DType::F32, std::move(shape));
}

void RowStatistics::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    std::vector<int64_t> dims = x.dims();
    dims.back() /= kColumns;
    dims.push_back(2);
    Tensor& y = c.output(0, dims);
    for (int64_t part = 0; part < x.count() / kColumns; ++part) {
        double mean = 0, square = 0;
        for (int64_t i = 0; i < kColumns; ++i) mean += x.get(part * kColumns + i) / kColumns;
        for (int64_t i = 0; i < kColumns; ++i) {
            const double distance = x.get(part * kColumns + i) - mean;
            square += distance * distance;
        }
        y.set(2 * part, mean);
        y.set(2 * part + 1, square);
    }
}

}  // namespace opentrt::ops
