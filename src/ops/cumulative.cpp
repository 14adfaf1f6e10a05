// SPDX-License-Identifier: Apache-2.0
#include "ops/cumulative.h"

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/index.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {

void Cumulative::infer(InferContext& c) const {
    requireType(c, 0, kRealsAndInts);
    requireType(c, 1, kIndexTypes);
    requireSingle(c, 1);
    const auto axis = c.integers(1);
    if (!axis) c.fail("axis should be known at build time");
    c.axis((*axis)[0], c.rank(0));
    c.output(0, c.type(0), c.shape(0));
}

void Cumulative::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const auto split = splitAt(x.dims(), normalizedAxis(c.input(1).getInt(0), x.rank()));
    const bool product = operation == CumulativeOperation::Prod;
    Tensor& out = c.output(0, x.dims());
    withArithmetic(x.type(), [&](auto zero) {
        auto values = load<decltype(zero)>(x);
        for (int64_t o = 0; o < split.outer; ++o) {
            for (int64_t n = 0; n < split.inner; ++n) {
                auto sum = product ? decltype(zero)(1) : zero;
                for (int64_t step = 0; step < split.size; ++step) {
                    auto& value = values[static_cast<size_t>(split.at(o, reverse ? split.size - 1 - step : step, n))];
                    const auto before = sum;
                    sum = product ? sum * value : sum + value;
                    value = exclusive ? before : sum;
                }
            }
        }
        store(out, values);
    });
}

}  // namespace opentrt::ops
