// SPDX-License-Identifier: Apache-2.0
// Cubic convolution interpolation (Keys 1981).
#pragma once
#include <array>

namespace opentrt::ops {

//! Weight of an element at distance `x` >= 0; `a` is the slope at 1.
inline double cubicWeight(double x, double a) {
    if (x >= 2) return 0;
    return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
}

//! Weights of the elements at -1, 0, 1, 2 for a place `t` in [0, 1) behind element 0.
inline std::array<double, 4> cubicWeights(double t, double a) {
    return {cubicWeight(t + 1, a), cubicWeight(t, a), cubicWeight(1 - t, a), cubicWeight(2 - t, a)};
}

}  // namespace opentrt::ops
