// SPDX-License-Identifier: Apache-2.0
#include "ops/round_float.h"

#include <cmath>
#include <limits>

#include "ops/support/check.h"

namespace opentrt::ops {
namespace {

struct FormatRow {
    int mantissa;       //!< bits
    int leastExponent;  //!< of normal numbers
    double largest;
    bool fnuz;
};
constexpr FormatRow kFormats[] = {{2, -14, 57344, false}, {3, -7, 240, true}, {2, -15, 57344, true}};
static_assert(std::size(kFormats) == std::size(kFloatFormatNames));

double rounded(const FormatRow& f, double x, bool saturate) {
    if (std::isnan(x)) return x;
    double size = std::fabs(x);
    if (size <= 2 * f.largest && size != 0) {
        const double step = std::ldexp(1.0, std::max(std::ilogb(size), f.leastExponent) - f.mantissa);
        size = std::nearbyint(size / step) * step;
    }
    if (size == 0 && f.fnuz) return 0;
    if (size > f.largest) {
        const double beyond = f.fnuz ? std::nan("") : std::numeric_limits<double>::infinity();
        size = saturate ? f.largest : beyond;
    }
    return std::copysign(size, x);
}

}  // namespace

void RoundFloat::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    c.output(0, c.type(0), c.shape(0));
}

void RoundFloat::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    Tensor& y = c.output(0, x.dims());
    for (int64_t i = 0; i < x.count(); ++i)
        y.set(i, rounded(kFormats[static_cast<size_t>(format)], x.get(i), saturate));
}

}  // namespace opentrt::ops
