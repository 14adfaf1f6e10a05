// SPDX-License-Identifier: Apache-2.0
#include "ops/expand.h"

#include <algorithm>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/move.h"

namespace opentrt::ops {

void Expand::infer(InferContext& c) const {
    Shape wanted = shapeOf(dims);
    bool known = true;
    if (c.has(1)) {
        const int64_t length = knownRank(c, 1);
        const auto elements = c.elements(1);
        known = elements.has_value();
        wanted = known ? *elements : Shape(static_cast<size_t>(length), Dim(1));
    }
    const Shape& x = c.shape(0);
    const size_t rank = std::max(x.size(), wanted.size());
    Shape out(rank, Dim(1));
    for (size_t i = 0; i < rank; ++i) {
        const Dim a = i < rank - x.size() ? Dim(1) : x[i - (rank - x.size())];
        const Dim b = i < rank - wanted.size() ? Dim(1) : wanted[i - (rank - wanted.size())];
        const bool fixed = known || i < rank - wanted.size() || (a.isConstant() && a.constant() > 1);
        if (!fixed) {
            out[i] = c.dataDependentSize(0, static_cast<int>(i), kAnySize);
            continue;
        }
        const auto dim = broadcast(a, b);
        if (!dim)
            c.fail(cat("dimensions ", str(x), " cannot be expanded to ", str(wanted), ": ", a, " and ", b, " differ"));
        out[i] = *dim;
    }
    c.output(0, c.type(0), out);
    if (auto elements = broadcastElements(c, 0, out)) c.outputElements(0, std::move(*elements));
}

void Expand::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    auto out = c.has(1) ? c.input(1).toInts() : dims;
    if (static_cast<int64_t>(out.size()) < x.rank()) out.insert(out.begin(), x.dims().size() - out.size(), 1);
    for (size_t i = 0; i < x.dims().size(); ++i) {
        const int64_t have = x.dims()[x.dims().size() - 1 - i];
        int64_t& want = out[out.size() - 1 - i];
        if (have != want && have != 1 && want != 1)
            c.fail(cat("dimensions ", x.dims(), " cannot be expanded to ", out));
        if (have != 1) want = have;
    }
    moveStrided(c.output(0, out), x, broadcastStrides(x.dims(), out.size()));
}

}  // namespace opentrt::ops
