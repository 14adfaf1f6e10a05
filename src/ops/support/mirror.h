// SPDX-License-Identifier: Apache-2.0
// Reflection at the borders of an image.
#pragma once
#include <cmath>

namespace opentrt::ops {

//! Mirrors x into [low, high] about its ends.
inline double mirrored(double x, double low, double high) {
    const double span = high - low;
    if (span <= 0) return low;
    const double folded = std::fmod(std::fabs(x - low), 2 * span);
    return low + (folded > span ? 2 * span - folded : folded);
}

}  // namespace opentrt::ops
