// SPDX-License-Identifier: Apache-2.0
#include "ops/gather.h"

#include <algorithm>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/move.h"

namespace opentrt::ops {
namespace {

using Dims = std::vector<int64_t>;

Dims joined(std::initializer_list<std::pair<Dims::const_iterator, Dims::const_iterator>> parts) {
    Dims out;
    for (const auto& [begin, end] : parts) out.insert(out.end(), begin, end);
    return out;
}

//! data [shared?, before, size, behind], indices [shared?, picked] -> [shared?, before, picked, behind]
Tensor gatherDefault(const Tensor& data, const Tensor& indices, int64_t axis, int64_t shared) {
    const Dims &d = data.dims(), &q = indices.dims();
    Dims dims = joined({{d.begin(), d.begin() + axis}, {q.begin() + shared, q.end()}, {d.begin() + axis + 1, d.end()}});
    if (shared == 1) dims[0] = d[0] == 1 ? q[0] : d[0];
    const auto index = indices.toInts();
    const auto split = splitAt(d, axis);
    const int64_t groups = shared ? dims[0] : 1;
    const int64_t outer = shared ? (d[0] ? split.outer / d[0] : 0) : split.outer;
    const int64_t picked = volumeOf({q.begin() + shared, q.end()});
    Tensor out(data.type(), dims);
    moveElements(out, data, [&](int64_t i) {
        const int64_t n = i % split.inner, p = i / split.inner % picked, o = i / split.inner / picked % outer;
        const int64_t g = i / split.inner / picked / outer;
        const int64_t dataGroup = shared && d[0] != 1 ? g : 0, indexGroup = shared && q[0] != 1 ? g : 0;
        const int64_t place = wrappedIndex(index[static_cast<size_t>(indexGroup * picked + p)], split.size);
        return groups == 0 || place < 0 ? -1 : split.at(dataGroup * outer + o, place, n);
    });
    return out;
}

Tensor gatherElements(const Tensor& data, const Tensor& indices, int64_t axis) {
    const auto strides = stridesOf(data.dims());
    const auto index = indices.toInts();
    Tensor out(data.type(), indices.dims());
    Odometer at(indices.dims());
    moveElements(out, data, [&](int64_t i) {
        const auto a = static_cast<size_t>(axis);
        const int64_t place = wrappedIndex(index[static_cast<size_t>(i)], data.dims()[a]);
        int64_t source = place < 0 ? -1 : dot(at.at(), strides) + (place - at.at()[a]) * strides[a];
        for (size_t d = 0; d < strides.size(); ++d) {
            if (d != a && at.at()[d] >= data.dims()[d]) source = -1;
        }
        at.next();
        return source;
    });
    return out;
}

Tensor gatherNd(const Tensor& data, const Tensor& indices, int64_t shared) {
    const Dims &d = data.dims(), &q = indices.dims();
    const int64_t length = q.back();
    Dims dims = joined({{q.begin(), q.end() - 1}, {d.begin() + shared + length, d.end()}});
    const auto index = indices.toInts();
    const auto strides = stridesOf(d);
    const int64_t block = volumeOf({d.begin() + shared + length, d.end()});
    const int64_t perGroup = volumeOf({q.begin() + shared, q.end() - 1});
    const int64_t groupSize = volumeOf({d.begin() + shared, d.end()});
    Tensor out(data.type(), dims);
    moveElements(out, data, [&](int64_t i) {
        const int64_t tuple = i / block;
        int64_t source = tuple / perGroup * groupSize + i % block;
        for (int64_t k = 0; k < length; ++k) {
            const auto axis = static_cast<size_t>(shared + k);
            const int64_t place = wrappedIndex(index[static_cast<size_t>(tuple * length + k)], d[axis]);
            if (place < 0) return int64_t{-1};
            source += place * strides[axis];
        }
        return source;
    });
    return out;
}

Tensor gather(const Gather& op, const Tensor& data, const Tensor& indices) {
    switch (op.mode) {
        case GatherMode::Element:
            return gatherElements(data, indices, normalizedAxis(op.axis, data.rank()));
        case GatherMode::Nd:
            return gatherNd(data, indices, op.elementwiseDims);
        default:
            return gatherDefault(data, indices, normalizedAxis(op.axis, data.rank()), op.elementwiseDims);
    }
}

Shape inferDefault(const InferContext& c, int64_t axis, int64_t shared) {
    const Shape &data = c.shape(0), &indices = c.shape(1);
    if (shared < 0 || shared > 1)
        c.fail(cat("number of elementwise dimensions is ", shared, " when it should be 0 or 1"));
    if (axis < shared)
        c.fail(cat("axis is ", axis, " when it should be at least ", shared, ", the elementwise dimensions"));
    requireRankAtLeast(c, 1, shared);
    Shape out(data.begin(), data.begin() + axis);
    if (shared == 1) {
        const auto dim = broadcast(data[0], indices[0]);
        if (!dim) c.fail(cat("elementwise dimensions ", data[0], " and ", indices[0], " do not broadcast"));
        out[0] = *dim;
    }
    out.insert(out.end(), indices.begin() + shared, indices.end());
    out.insert(out.end(), data.begin() + axis + 1, data.end());
    return out;
}

Shape inferNd(const InferContext& c, int64_t shared) {
    const Shape &data = c.shape(0), &indices = c.shape(1);
    requireRankAtLeast(c, 1, 1);
    const int64_t least = std::min(c.rank(0), c.rank(1));
    if (shared < 0 || shared >= least)
        c.fail(cat("number of elementwise dimensions is ", shared, " when it should be below both ranks, ", c.rank(0),
                   " and ", c.rank(1)));
    for (int64_t i = 0; i < shared; ++i) {
        const auto at = static_cast<size_t>(i);
        requireSame(c, cat("elementwise dimension ", i, " of the indices"), indices[at], data[at]);
    }
    if (!indices.back().isConstant())
        c.fail(cat("last dimension of the indices is ", indices.back(), " when it should be known at build time"));
    const int64_t length = indices.back().constant();
    if (length < 1 || length > c.rank(0) - shared)
        c.fail(
            cat("last dimension of the indices is ", length, " when it should be between 1 and ", c.rank(0) - shared));
    Shape out(indices.begin(), indices.end() - 1);
    out.insert(out.end(), data.begin() + shared + length, data.end());
    return out;
}

}  // namespace

void Gather::infer(InferContext& c) const {
    requireType(c, 1, kIndexTypes);
    requireRankAtLeast(c, 0, 1);
    Shape out;
    if (mode == GatherMode::Nd) {
        out = inferNd(c, elementwiseDims);
    } else {
        const int64_t at = c.axis(axis, c.rank(0));
        if (mode == GatherMode::Default) {
            out = inferDefault(c, at, elementwiseDims);
        } else {
            if (elementwiseDims != 0)
                c.fail(cat("number of elementwise dimensions is ", elementwiseDims, " when mode element needs 0"));
            requireRank(c, 1, c.rank(0));
            out = c.shape(1);
        }
    }
    c.output(0, c.type(0), out);
    const auto indices = trackable(c.shape(1)) ? c.integers(1) : std::nullopt;
    if (!indices) return;
    const Tensor known = Tensor::of(DType::I64, staticDims(c.shape(1)), *indices);
    if (!isStatic(c.shape(0))) return;
    // Places are counted from 1 here, so that the 0 of an index outside the data stands apart.
    trackMovement(c, out, [&](const Tensor& places) {
        Tensor shifted(DType::I64, places.dims());
        for (int64_t i = 0; i < places.count(); ++i) shifted.setInt(i, places.getInt(i) + 1);
        Tensor picked = gather(*this, shifted, known);
        for (int64_t i = 0; i < picked.count(); ++i) picked.setInt(i, picked.getInt(i) - 1);
        return picked;
    });
}

void Gather::eval(EvalContext& c) const {
    const Dims &d = c.input(0).dims(), &q = c.input(1).dims();
    for (int64_t i = 0; i < elementwiseDims; ++i) {
        const auto at = static_cast<size_t>(i);
        const bool broadcasts = mode == GatherMode::Default && (d[at] == 1 || q[at] == 1);
        if (d[at] != q[at] && !broadcasts) c.fail(cat("elementwise dimensions ", d[at], " and ", q[at], " differ"));
    }
    c.setOutput(0, gather(*this, c.input(0), c.input(1)));
}

}  // namespace opentrt::ops
