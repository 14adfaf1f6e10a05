// SPDX-License-Identifier: Apache-2.0
#include "ops/row_factors.h"

#include <cmath>

#include "base/error.h"
#include "ops/row_statistics.h"
#include "ops/support/check.h"

namespace opentrt::ops {

void RowFactors::infer(InferContext& c) const {
    requireType(c, 0, std::array{DType::F32});
    requireRankAtLeast(c, 0, 2);
    Shape shape = c.shape(0);
    if (differ(shape.back(), Dim(2))) c.fail(cat("the last dimension is ", shape.back(), " when it should be 2"));
    shape.pop_back();
    shape.back() = Dim(1);
    c.output(0, DType::F32, shape);
    c.output(1, DType::F32, shape);
}

void RowFactors::eval(EvalContext& c) const {
    const Tensor& statistics = c.input(0);
    std::vector<int64_t> dims = statistics.dims();
    dims.pop_back();
    const int64_t parts = dims.back();
    dims.back() = 1;
    Tensor &means = c.output(0, dims), &factors = c.output(1, dims);
    for (int64_t row = 0; row < means.count(); ++row) {
        const int64_t first = row * parts;
        double mean = 0, square = 0;
        for (int64_t p = first; !rms && p < first + parts; ++p)
            mean += statistics.get(2 * p) / static_cast<double>(parts);
        for (int64_t p = first; p < first + parts; ++p) {
            const double distance = statistics.get(2 * p) - mean;
            square += statistics.get(2 * p + 1) + RowStatistics::kColumns * distance * distance;
        }
        means.set(row, mean);
        factors.set(row, 1 / std::sqrt(square / static_cast<double>(parts * RowStatistics::kColumns) + epsilon));
    }
}

}  // namespace opentrt::ops
