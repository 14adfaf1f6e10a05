// SPDX-License-Identifier: Apache-2.0
#include "ops/scatter.h"

#include <algorithm>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/move.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {
namespace {

constexpr std::array kReducible{DType::F32, DType::F16, DType::BF16, DType::I8, DType::U8, DType::I32, DType::I64};

//! write(place in data, place in updates) for every update that lands inside, in row-major order of the indices.
template <class Write>
void forEachElement(const Tensor& data, const Tensor& indices, int64_t axis, Write write) {
    const auto strides = stridesOf(data.dims());
    const auto a = static_cast<size_t>(axis);
    int64_t i = 0;
    forEachIndex(indices.dims(), [&](const auto& at) {
        const int64_t place = wrappedIndex(indices.getInt(i), data.dims()[a]);
        bool inside = place >= 0;
        for (size_t d = 0; d < at.size(); ++d) inside = inside && (d == a || at[d] < data.dims()[d]);
        if (inside) write(dot(at, strides) + (place - at[a]) * strides[a], i);
        ++i;
    });
}

template <class Write>
void forEachSlice(const Tensor& data, const Tensor& indices, Write write) {
    const auto& d = data.dims();
    const auto strides = stridesOf(d);
    const int64_t length = indices.dims().back();
    const int64_t block = volumeOf({d.begin() + length, d.end()});
    const int64_t tuples = volumeOf({indices.dims().begin(), indices.dims().end() - 1});
    for (int64_t tuple = 0; tuple < tuples; ++tuple) {
        int64_t start = 0;
        bool inside = true;
        for (int64_t k = 0; k < length; ++k) {
            const int64_t place = wrappedIndex(indices.getInt(tuple * length + k), d[static_cast<size_t>(k)]);
            inside = inside && place >= 0;
            start += place * strides[static_cast<size_t>(k)];
        }
        for (int64_t n = 0; inside && n < block; ++n) write(start + n, tuple * block + n);
    }
}

template <class T>
void combine(ScatterReduction reduction, T& into, T value) {
    switch (reduction) {
        case ScatterReduction::Add:
            into += value;
            break;
        case ScatterReduction::Mul:
            into *= value;
            break;
        case ScatterReduction::Max:
            into = value > into || value != value ? value : into;
            break;
        default:
            into = value < into || value != value ? value : into;
            break;
    }
}

}  // namespace

void Scatter::infer(InferContext& c) const {
    requireType(c, 1, kIndexTypes);
    requireSameType(c, 0, 2);
    if (reduction != ScatterReduction::None) requireType(c, 0, kReducible);
    requireRankAtLeast(c, 0, 1);
    requireRankAtLeast(c, 1, 1);
    const Shape &data = c.shape(0), &indices = c.shape(1);
    if (mode == ScatterMode::Element) {
        c.axis(axis, c.rank(0));
        requireRank(c, 1, c.rank(0));
        requireSameShape(c, 1, 2);
    } else {
        if (!indices.back().isConstant())
            c.fail(cat("last dimension of the indices is ", indices.back(), " when it should be known at build time"));
        const int64_t length = indices.back().constant();
        if (length < 1 || length > c.rank(0))
            c.fail(cat("last dimension of the indices is ", length, " when it should be between 1 and ", c.rank(0)));
        Shape expected(indices.begin(), indices.end() - 1);
        expected.insert(expected.end(), data.begin() + length, data.end());
        bool fits = expected.size() == c.shape(2).size();
        for (size_t i = 0; fits && i < expected.size(); ++i) fits = !differ(expected[i], c.shape(2)[i]);
        if (!fits) c.fail(cat("updates have dimensions ", str(c.shape(2)), " when they should be ", str(expected)));
    }
    c.output(0, c.type(0), data);
}

void Scatter::eval(EvalContext& c) const {
    const Tensor &data = c.input(0), &indices = c.input(1), &updates = c.input(2);
    Tensor& out = c.output(0, data.dims());
    const auto forEachUpdate = [&](auto write) {
        if (mode == ScatterMode::Element)
            forEachElement(data, indices, normalizedAxis(axis, data.rank()), write);
        else
            forEachSlice(data, indices, write);
    };
    if (reduction == ScatterReduction::None) {
        ElementWriter writer(out);
        writer.copyAll(data);
        forEachUpdate([&](int64_t to, int64_t from) { writer.copy(to, updates, from); });
        return;
    }
    const auto reduce = [&](auto zero) {
        auto values = load<decltype(zero)>(data);
        const auto news = load<decltype(zero)>(updates);
        forEachUpdate([&](int64_t to, int64_t from) {
            combine(reduction, values[static_cast<size_t>(to)], news[static_cast<size_t>(from)]);
        });
        store(out, values);
    };
    if (reduction == ScatterReduction::Max || reduction == ScatterReduction::Min)
        withOrder(data.type(), reduce);
    else
        withArithmetic(data.type(), reduce);
}

}  // namespace opentrt::ops
