// SPDX-License-Identifier: Apache-2.0
// Whether an answer is close enough to the expected one. The rules of `meta.json` are explained in
// tests/models/README.md. Tested by compare_test.cpp.
#pragma once
#include <optional>

#include "tensor.h"

namespace opentrt::tools {

struct Tolerance {
    double atol = 1e-5, rtol = 1e-3;
    //! Instead of the above: errors as parts of the range of the expected values.
    struct OfRange {
        double mean = 0, max = 0, floor = 0;
    };
    std::optional<OfRange> ofRange;
};
//! From a meta.json; the defaults where there is no such file. Throws std::runtime_error when it is malformed.
Tolerance readTolerance(const std::string& metaFile);

struct Difference {
    bool close = false;
    std::string problem;  //!< why the two cannot be compared, such as other dimensions
    double maxAbs = 0, maxRel = 0, meanAbs = 0;
    int64_t worst = -1;            //!< element that departs most from what is tolerated; -1 when there are none
    double got = 0, expected = 0;  //!< there
};
//! NaN is close to NaN only, an infinity to itself only.
Difference compare(const HostTensor& got, const HostTensor& expected, const Tolerance& tolerance);
std::string describe(const Difference& difference);

}  // namespace opentrt::tools
