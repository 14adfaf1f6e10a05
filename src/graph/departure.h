// SPDX-License-Identifier: Apache-2.0
// Whether a computed tensor is the expected one. Tested by debug_test.cpp.
#pragma once
#include "graph/tensor.h"

namespace opentrt {

//! How far a tensor is from what it should be.
struct Departure {
    double maxAbs = 0;
    double part = 0;  //!< maxAbs as a part of the largest expected value
    int64_t at = -1;  //!< element of maxAbs; -1 when all are equal
    double got = 0, expected = 0;
    bool departs = false;
};
//! Quantized bytes may be one step away. NaN belongs to NaN.
Departure departure(const Tensor& got, const Tensor& expected, double tolerance);

}  // namespace opentrt
