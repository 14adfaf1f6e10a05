// SPDX-License-Identifier: Apache-2.0
#include "ops/reduce.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "graph/dim_limits.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {
namespace {

using R = ReduceOperation;

constexpr std::array kNarrowToo{DType::F32, DType::F16, DType::BF16, DType::I32, DType::I64, DType::I8, DType::U8};

//! Output dimensions with the reduced ones kept as 1, so that both tensors have equal rank while the slices are folded.
template <class Size>
std::vector<Size> keptDims(std::vector<Size> dims, const std::vector<int64_t>& axes) {
    for (int64_t axis : axes) dims[static_cast<size_t>(axis)] = 1;
    return dims;
}
template <class Size>
std::vector<Size> droppedDims(const std::vector<Size>& dims, const std::vector<int64_t>& axes) {
    std::vector<Size> out;
    size_t next = 0;
    for (size_t i = 0; i < dims.size(); ++i) {
        if (next < axes.size() && axes[next] == static_cast<int64_t>(i))
            ++next;
        else
            out.push_back(dims[i]);
    }
    return out;
}

//! fold(place of the output element, place of the input element) for each input element in order.
template <class Fold>
void forEachPair(const std::vector<int64_t>& in, const std::vector<int64_t>& kept, Fold fold) {
    if (volumeOf(in) == 0) return;
    Odometer at(in);
    at.track(broadcastStrides(kept, in.size()));
    size_t i = 0;
    do fold(static_cast<size_t>(at.offset(0)), i++);
    while (at.next());
}

template <class T>
T start(R operation) {
    using Limits = std::numeric_limits<T>;
    switch (operation) {
        case R::Prod:
            return T{1};
        case R::Max:
            return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
        case R::Min:
            return Limits::has_infinity ? Limits::infinity() : Limits::max();
        default:
            return T{0};
    }
}

template <class T>
void fold(R operation, T& into, T value) {
    switch (operation) {
        case R::Prod:
            into *= value;
            break;
        case R::Max:
            if (value > into || value != value) into = value;
            break;
        case R::Min:
            if (value < into || value != value) into = value;
            break;
        default:
            into += value;
            break;
    }
}

void trackElements(InferContext& c, R operation, const std::vector<int64_t>& axes, const Shape& out) try {
    if (operation == R::Avg || isFloat(c.type(0)) || !trackable(c.shape(0)) || !trackable(out)) return;
    const auto elements = c.elements(0);
    if (!elements) return;
    const auto in = staticDims(c.shape(0));
    const auto kept = keptDims(in, axes);
    std::vector<std::optional<Dim>> folded(static_cast<size_t>(volumeOf(kept)));
    forEachPair(in, kept, [&](size_t to, size_t from) {
        const Dim& value = (*elements)[from];
        auto& into = folded[to];
        into = !into                  ? value
               : operation == R::Sum  ? *into + value
               : operation == R::Prod ? *into * value
               : operation == R::Max  ? Dim::max(*into, value)
                                      : Dim::min(*into, value);
    });
    Elements result;
    for (const auto& value : folded) {
        if (!value && operation != R::Sum && operation != R::Prod) return;
        result.push_back(value ? *value : Dim(operation == R::Prod ? 1 : 0));
    }
    trackComputed(c, 0, c.type(0), std::move(result));
} catch (const DimTooLarge&) {  // then only the data tell
}

}  // namespace

void Reduce::infer(InferContext& c) const {
    if (operation == R::Max || operation == R::Min)
        requireType(c, 0, kNarrowToo);
    else
        requireType(c, 0, kRealsAndInts);
    if (axes.empty()) c.fail("no axes to reduce are given");
    const auto sorted = normalizedAxes(c, axes, c.rank(0));
    Shape out = keep ? keptDims(c.shape(0), sorted) : droppedDims(c.shape(0), sorted);
    c.output(0, c.type(0), out);
    trackElements(c, operation, sorted, out);
}

void Reduce::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const auto sorted = normalizedAxes(axes, x.rank());
    const auto kept = keptDims(x.dims(), sorted);
    Tensor& out = c.output(0, keep ? kept : droppedDims(x.dims(), sorted));
    const int64_t count = out.count() ? x.count() / out.count() : 0;
    const auto compute = [&](auto zero) {
        using T = decltype(zero);
        const auto values = load<T>(x);
        std::vector<T> results(static_cast<size_t>(out.count()), start<T>(operation));
        forEachPair(x.dims(), kept, [&](size_t to, size_t from) { fold(operation, results[to], values[from]); });
        if (operation == R::Avg) {
            for (T& result : results) {
                if constexpr (std::is_same_v<T, double>)
                    result /= static_cast<double>(count);
                else
                    result = count ? static_cast<T>(static_cast<int64_t>(result) / count) : 0;
            }
        }
        store(out, results);
    };
    if (operation == R::Max || operation == R::Min)
        withOrder(x.type(), compute);
    else
        withArithmetic(x.type(), compute);
}

}  // namespace opentrt::ops
