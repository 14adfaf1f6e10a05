// SPDX-License-Identifier: Apache-2.0
// Cubic convolution interpolation (Keys 1981).
#pragma once
#include <array>

namespace opentrt::ops {

//! Weights of the elements at -1, 0, 1, 2 for a place `t` in [0, 1) behind element 0; `a` is the slope at 1.
inline std::array<double, 4> cubicWeights(double t, double a) {
    const auto near = [a](double x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
    const auto far = [a](double x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
    return {far(t + 1), near(t), near(1 - t), far(2 - t)};
}

}  // namespace opentrt::ops
