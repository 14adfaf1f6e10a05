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
    bool outside = false;  //!< beyond the image, where a value of its own is read
};

//! One axis: sizes, and the scale if one was given (else 0).
struct ResizeAxisMap {
    const Resize& op;
    int64_t in, out;
    double scale;
    double start = 0, end = 1;  //!< the region that is cut out

    //! The axis is copied; otherwise coordinates are computed, even if the sizes agree.
    bool keeps() const { return in == out && (scale == 0 || scale == 1) && start == 0 && end == 1; }
    //! One tap for nearest, two for linear, four for cubic, the same number at all places; more for antialiasing.
    ResizeTaps taps(int64_t place) const;

private:
    double divided(double o) const;
    double position(int64_t place) const;
    int64_t clamped(int64_t place) const;
    double shrinking() const;
    ResizeTaps blend(int64_t first, const std::vector<double>& weights) const;
};

}  // namespace opentrt::ops
