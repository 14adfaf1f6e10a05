// SPDX-License-Identifier: Apache-2.0
// Which input positions make an output position of a resize, and with what weights: the rules of coordinates, rounding
// and borders, for one axis.
#pragma once
#include <vector>

#include "ops/resize.h"

namespace opentrt::ops {

//! Weights of input positions for one output position.
struct ResizeTaps {
    std::vector<int64_t> places;
    std::vector<double> weights;
};

//! One axis: sizes, and the scale if one was given (else 0).
struct ResizeAxisMap {
    const Resize& op;
    int64_t in, out;
    double scale;

    //! One tap for nearest, two for linear, four for cubic.
    ResizeTaps taps(int64_t place) const;

private:
    double divided(double o) const;
    double position(int64_t place) const;
    int64_t clamped(int64_t place) const;
};

//! For an axis that must change (or whose coordinates must be computed all the same); otherwise the axis is copied.
inline bool keepsAxis(int64_t in, int64_t out, double scale) {
    return in == out && (scale == 0 || scale == 1);
}

}  // namespace opentrt::ops
