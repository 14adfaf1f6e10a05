// SPDX-License-Identifier: Apache-2.0
#include "ops/top_k.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/move.h"

namespace opentrt::ops {
namespace {

constexpr std::array kTypes{DType::F32, DType::F16, DType::BF16, DType::I8, DType::U8, DType::I32, DType::I64};

//! NaN counts as larger than everything.
bool larger(double a, double b) {
    return std::isnan(a) ? !std::isnan(b) : a > b;
}
bool larger(int64_t a, int64_t b) {
    return a > b;
}

template <class T>
void sortPlaces(std::vector<int64_t>& places, size_t k, const std::vector<T>& slice, bool max) {
    std::iota(places.begin(), places.end(), 0);
    std::partial_sort(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(k), places.end(),
                      [&](int64_t a, int64_t b) {
                          const T x = slice[static_cast<size_t>(a)], y = slice[static_cast<size_t>(b)];
                          if (larger(x, y)) return max;
                          if (larger(y, x)) return !max;
                          return a < b;
                      });
}

}  // namespace

void TopK::infer(InferContext& c) const {
    requireType(c, 0, kTypes);
    requireTypeIn(c, "indices type", indicesType, kIndexTypes);
    const auto at = static_cast<size_t>(c.axis(axis, c.rank(0)));
    Shape out = c.shape(0);
    const Dim most = out[at];
    std::optional<Dim> count = Dim(k);
    if (c.has(1)) {
        requireType(c, 1, kIndexTypes);
        requireSingle(c, 1);
        const auto elements = c.elements(1);
        count = elements ? std::optional((*elements)[0]) : std::nullopt;
    }
    if (count && count->isConstant()) {
        const int64_t known = count->constant();
        if (known < 0 || (most.isConstant() && known > most.constant()))
            c.fail(cat("k is ", known, " when axis ", at, " has ", most, " elements"));
    }
    out[at] = count ? *count : c.dataDependentSize(0, static_cast<int>(at), most);
    c.output(0, c.type(0), out);
    c.output(1, indicesType, out);
}

void TopK::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const int64_t at = normalizedAxis(axis, x.rank());
    const auto split = splitAt(x.dims(), at);
    const int64_t count = c.has(1) ? c.input(1).getInt(0) : k;
    if (count < 0 || count > split.size)
        c.fail(cat("k is ", count, " when axis ", at, " has ", split.size, " elements"));
    auto dims = x.dims();
    dims[static_cast<size_t>(at)] = count;
    Tensor values(x.type(), dims), indices(indicesType, dims);
    ElementWriter writer(values);
    const AxisSplit to{split.outer, count, split.inner};
    std::vector<int64_t> places(static_cast<size_t>(split.size)), ints(places.size());
    std::vector<double> reals(places.size());
    for (int64_t o = 0; o < split.outer; ++o) {
        for (int64_t n = 0; n < split.inner; ++n) {
            for (int64_t i = 0; i < split.size; ++i) {
                const auto p = static_cast<size_t>(i);
                isFloat(x.type()) ? (void)(reals[p] = x.get(split.at(o, i, n)))
                                  : (void)(ints[p] = x.getInt(split.at(o, i, n)));
            }
            const bool max = operation == TopKOperation::Max;
            if (isFloat(x.type()))
                sortPlaces(places, static_cast<size_t>(count), reals, max);
            else
                sortPlaces(places, static_cast<size_t>(count), ints, max);
            for (int64_t i = 0; i < count; ++i) {
                const int64_t from = places[static_cast<size_t>(i)];
                writer.copy(to.at(o, i, n), x, split.at(o, from, n));
                indices.setInt(to.at(o, i, n), from);
            }
        }
    }
    c.setOutput(0, values);
    c.setOutput(1, indices);
}

}  // namespace opentrt::ops
