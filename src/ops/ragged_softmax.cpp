// SPDX-License-Identifier: Apache-2.0
#include "ops/ragged_softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {

void RaggedSoftmax::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    requireType(c, 1, kIndexTypes);
    requireRankAtLeast(c, 0, 2);
    requireRank(c, 1, c.rank(0));
    const Shape &x = c.shape(0), &bounds = c.shape(1);
    for (size_t i = 0; i + 1 < x.size(); ++i) requireSame(c, cat("dimension ", i, " of the bounds"), bounds[i], x[i]);
    requireSame(c, "last dimension of the bounds", bounds.back(), 1);
    c.output(0, c.type(0), x);
}

void RaggedSoftmax::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const auto values = x.toDoubles();
    const auto bounds = c.input(1).toInts();
    const int64_t size = x.dims().back();
    std::vector<double> results(values.size(), 0.0);
    for (size_t row = 0; row < bounds.size(); ++row) {
        const auto first = static_cast<int64_t>(row) * size;
        const auto end = first + std::clamp<int64_t>(bounds[row], 0, size);
        double most = -std::numeric_limits<double>::infinity(), sum = 0;
        for (int64_t i = first; i < end; ++i) most = std::max(most, values[static_cast<size_t>(i)]);
        for (int64_t i = first; i < end; ++i)
            sum += results[static_cast<size_t>(i)] = std::exp(values[static_cast<size_t>(i)] - most);
        for (int64_t i = first; i < end; ++i) results[static_cast<size_t>(i)] /= sum;
    }
    store(c.output(0, x.dims()), results);
}

}  // namespace opentrt::ops
