// SPDX-License-Identifier: Apache-2.0
#include "ops/lrn.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/index.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {

void Lrn::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    requireRankAtLeast(c, 0, 3);
    if (window < 1) c.fail(cat("window size is ", window, " when it should be at least 1"));
    c.output(0, c.type(0), c.shape(0));
}

void Lrn::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const auto values = x.toDoubles();
    auto results = values;
    const auto split = splitAt(x.dims(), 1);
    for (int64_t o = 0; o < split.outer; ++o) {
        for (int64_t i = 0; i < split.size; ++i) {
            const int64_t first = std::max<int64_t>(0, i - (window - 1) / 2),
                          end = std::min(split.size, i + window / 2 + 1);
            for (int64_t n = 0; n < split.inner; ++n) {
                double squares = 0;
                for (int64_t j = first; j < end; ++j) {
                    const double value = values[static_cast<size_t>(split.at(o, j, n))];
                    squares += value * value;
                }
                results[static_cast<size_t>(split.at(o, i, n))] /=
                    std::pow(k + alpha / static_cast<double>(window) * squares, beta);
            }
        }
    }
    store(c.output(0, x.dims()), results);
}

}  // namespace opentrt::ops
