// SPDX-License-Identifier: Apache-2.0
#include "ops/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/support/check.h"
#include "ops/support/index.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {

void Softmax::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    c.axis(axis, c.rank(0));
    c.output(0, c.type(0), c.shape(0));
}

void Softmax::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    Tensor& out = c.output(0, x.dims());
    auto values = x.toDoubles();
    const auto split = splitAt(x.dims(), normalizedAxis(axis, x.rank()));
    for (int64_t o = 0; o < split.outer; ++o) {
        for (int64_t n = 0; n < split.inner; ++n) {
            double most = -std::numeric_limits<double>::infinity(), sum = 0;
            for (int64_t i = 0; i < split.size; ++i)
                most = std::max(most, values[static_cast<size_t>(split.at(o, i, n))]);
            for (int64_t i = 0; i < split.size; ++i) {
                double& value = values[static_cast<size_t>(split.at(o, i, n))];
                value = std::exp(value - most);
                sum += value;
            }
            for (int64_t i = 0; i < split.size; ++i) values[static_cast<size_t>(split.at(o, i, n))] /= sum;
        }
    }
    store(out, values);
}

}  // namespace opentrt::ops
