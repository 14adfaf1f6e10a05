// SPDX-License-Identifier: Apache-2.0
#include "ops/concatenation.h"

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/move.h"

namespace opentrt::ops {
namespace {

//! Calls take(input, place in the input) for the elements of the result in order.
template <class Take>
void forEachSource(const std::vector<AxisSplit>& inputs, Take take) {
    for (int64_t o = 0; o < inputs[0].outer; ++o) {
        for (size_t i = 0; i < inputs.size(); ++i) {
            const int64_t block = inputs[i].size * inputs[i].inner;
            for (int64_t n = 0; n < block; ++n) take(i, o * block + n);
        }
    }
}

void trackElements(InferContext& c, int64_t axis, const Shape& out) {
    if (!trackable(out)) return;
    std::vector<Elements> contents;
    std::vector<AxisSplit> splits;
    for (int i = 0; i < c.inputCount(); ++i) {
        auto elements = c.elements(i);
        if (!elements) return;
        contents.push_back(std::move(*elements));
        splits.push_back(splitAt(staticDims(c.shape(i)), axis));
    }
    Elements joined;
    forEachSource(splits, [&](size_t i, int64_t place) { joined.push_back(contents[i][static_cast<size_t>(place)]); });
    c.outputElements(0, std::move(joined));
}

}  // namespace

void Concatenation::infer(InferContext& c) const {
    const auto at = static_cast<size_t>(c.axis(axis, c.rank(0)));
    Shape out = c.shape(0);
    for (int i = 1; i < c.inputCount(); ++i) {
        requireSameType(c, 0, i);
        requireRank(c, i, c.rank(0));
        for (size_t d = 0; d < out.size(); ++d) {
            if (d == at)
                out[d] = out[d] + c.shape(i)[d];
            else
                requireSame(c, cat("dimension ", d, " of input ", i), c.shape(i)[d], c.shape(0)[d]);
        }
    }
    c.output(0, c.type(0), out);
    trackElements(c, static_cast<int64_t>(at), out);
}

void Concatenation::eval(EvalContext& c) const {
    const int64_t at = normalizedAxis(axis, c.input(0).rank());
    auto dims = c.input(0).dims();
    dims[static_cast<size_t>(at)] = 0;
    std::vector<AxisSplit> splits;
    for (int i = 0; i < c.inputCount(); ++i) {
        auto rest = c.input(i).dims();
        dims[static_cast<size_t>(at)] += rest[static_cast<size_t>(at)];
        splits.push_back(splitAt(rest, at));
        if (splits.back().outer != splits[0].outer || splits.back().inner != splits[0].inner)
            c.fail(cat("inputs 0 and ", i, " have dimensions ", c.input(0).dims(), " and ", rest));
    }
    Tensor& out = c.output(0, dims);
    ElementWriter writer(out);
    int64_t place = 0;
    forEachSource(splits, [&](size_t i, int64_t from) { writer.copy(place++, c.input(static_cast<int>(i)), from); });
}

}  // namespace opentrt::ops
