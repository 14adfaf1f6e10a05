// SPDX-License-Identifier: Apache-2.0
#include "ops/scale.h"

#include <cmath>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/index.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {
namespace {

constexpr const char* kWeights[] = {"", "shift", "scale", "power"};

}  // namespace

void Scale::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    Dim expected = 1;
    if (mode != ScaleMode::Uniform) {
        const Shape& x = c.shape(0);
        const auto axis = static_cast<size_t>(c.axis(channelAxis, c.rank(0)));
        expected =
            mode == ScaleMode::Channel ? x[axis] : volume({x.begin() + static_cast<std::ptrdiff_t>(axis), x.end()});
    }
    for (int i = 1; i < c.inputCount(); ++i) {
        if (!c.has(i)) continue;
        requireSameType(c, 0, i);
        requireRank(c, i, 1);
        requireSame(c, cat(kWeights[i], " weights count"), c.shape(i)[0], expected);
    }
    c.output(0, c.type(0), c.shape(0));
}

void Scale::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    Tensor& out = c.output(0, x.dims());
    const auto weights = [&](int i, double missing) {
        return c.has(i) ? c.input(i).toDoubles() : std::vector{missing};
    };
    const auto shift = weights(1, 0), scale = weights(2, 1), power = weights(3, 1);
    const auto split = mode == ScaleMode::Uniform ? AxisSplit{x.count(), 1, 1}
                                                  : splitAt(x.dims(), normalizedAxis(channelAxis, x.rank()));
    const auto at = [&](const std::vector<double>& list, int64_t i) {
        if (list.size() == 1) return list[0];
        const int64_t place =
            mode == ScaleMode::Channel ? i / split.inner % split.size : i % (split.size * split.inner);
        return list[static_cast<size_t>(place)];
    };
    auto values = x.toDoubles();
    for (size_t k = 0; k < values.size(); ++k) {
        const auto i = static_cast<int64_t>(k);
        values[k] = values[k] * at(scale, i) + at(shift, i);
        if (const double exponent = at(power, i); exponent != 1) values[k] = std::pow(values[k], exponent);
    }
    store(out, values);
}

}  // namespace opentrt::ops
