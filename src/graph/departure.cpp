// SPDX-License-Identifier: Apache-2.0
#include "graph/departure.h"

#include <cmath>
#include <limits>

namespace opentrt {

Departure departure(const Tensor& got, const Tensor& expected, double tolerance) {
    Departure d;
    const double infinity = std::numeric_limits<double>::infinity();
    if (got.dims() != expected.dims()) {
        d.maxAbs = d.part = infinity;
        d.departs = true;
        return d;
    }
    double largest = 0;
    for (int64_t i = 0; i < expected.count(); ++i) {
        const double a = got.get(i), b = expected.get(i);
        if (std::isfinite(b)) largest = std::max(largest, std::fabs(b));
        if (a == b || (std::isnan(a) && std::isnan(b))) continue;
        const double error = std::isfinite(a - b) ? std::fabs(a - b) : infinity;
        if (d.at >= 0 && error <= d.maxAbs) continue;
        d.maxAbs = error;
        d.at = i;
        d.got = a;
        d.expected = b;
    }
    d.part = d.maxAbs == 0 ? 0 : d.maxAbs / std::max(largest, std::numeric_limits<double>::min());
    const bool isByte = expected.type() == DType::I8 || expected.type() == DType::U8;
    d.departs = isByte ? d.maxAbs > 1 : d.part > tolerance;
    return d;
}

}  // namespace opentrt
