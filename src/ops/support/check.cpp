// SPDX-License-Identifier: Apache-2.0
#include "ops/support/check.h"

#include <algorithm>

#include "base/error.h"

namespace opentrt::ops {
namespace {

std::string listOf(std::span<const DType> types) {
    std::string out;
    for (size_t i = 0; i < types.size(); ++i) {
        if (i > 0) out += i + 1 == types.size() ? " or " : ", ";
        out += name(types[i]);
    }
    return out;
}

bool contains(std::span<const DType> types, DType type) {
    return std::find(types.begin(), types.end(), type) != types.end();
}

}  // namespace

void requireType(const InferContext& c, int input, std::span<const DType> allowed) {
    if (!contains(allowed, c.type(input)))
        c.fail(cat("input ", input, " is ", name(c.type(input)), " when it should be ", listOf(allowed)));
}

void requireTypeIn(const InferContext& c, const char* what, DType type, std::span<const DType> allowed) {
    if (!contains(allowed, type)) c.fail(cat(what, " is ", name(type), " when it should be ", listOf(allowed)));
}

void requireSameType(const InferContext& c, int a, int b) {
    if (c.type(a) != c.type(b))
        c.fail(cat("inputs ", a, " and ", b, " are ", name(c.type(a)), " and ", name(c.type(b)),
                   " when they should be alike; insert a cast"));
}

void requireRank(const InferContext& c, int input, int64_t rank) {
    if (c.rank(input) != rank) c.fail(cat("input ", input, " has rank ", c.rank(input), " when it should be ", rank));
}

void requireRankAtLeast(const InferContext& c, int input, int64_t rank) {
    if (c.rank(input) < rank)
        c.fail(cat("input ", input, " has rank ", c.rank(input), " when it should be at least ", rank));
}

void requireIndices(const InferContext& c, int input, int64_t rank) {
    requireType(c, input, kIndexTypes);
    requireRank(c, input, rank);
}

void requireSingle(const InferContext& c, int input) {
    const Dim count = volume(c.shape(input));
    if (differ(count, 1))
        c.fail(cat("input ", input, " has dimensions ", str(c.shape(input)), " when it should be a single element"));
}

bool differ(const Dim& a, const Dim& b) {
    const Dim difference = a - b;
    return difference.isConstant() && difference.constant() != 0;
}

void requireSame(const InferContext& c, const std::string& what, const Dim& a, const Dim& b) {
    if (differ(a, b)) c.fail(cat(what, " is ", a, " when it should be ", b));
}

void requireSameShape(const InferContext& c, int a, int b) {
    bool same = c.rank(a) == c.rank(b);
    for (size_t i = 0; same && i < c.shape(a).size(); ++i) same = !differ(c.shape(a)[i], c.shape(b)[i]);
    if (!same)
        c.fail(cat("inputs ", a, " and ", b, " have dimensions ", str(c.shape(a)), " and ", str(c.shape(b)),
                   " when they should be alike"));
}

std::optional<Dim> broadcast(const Dim& a, const Dim& b) {
    if (a == b) return a;
    if (a.isConstant()) {
        if (a.constant() == 1) return b;
        if (b.isConstant()) return b.constant() == 1 ? std::optional(a) : std::nullopt;
        return a;  // b turns out to be either a or 1
    }
    if (b.isConstant()) return b.constant() == 1 ? a : b;
    return Dim::max(a, b);
}

Shape broadcastInputs(const InferContext& c, int first, int count) {
    Shape out = c.shape(first);
    for (int i = first + 1; i < first + count; ++i) {
        if (c.rank(i) != c.rank(first))
            c.fail(cat("inputs ", first, " and ", i, " have ranks ", c.rank(first), " and ", c.rank(i),
                       " when they should be alike; insert an unsqueeze"));
        for (size_t axis = 0; axis < out.size(); ++axis) {
            const auto dim = broadcast(out[axis], c.shape(i)[axis]);
            if (!dim)
                c.fail(cat("inputs ", first, " and ", i, " have dimensions ", str(c.shape(first)), " and ",
                           str(c.shape(i)), " that do not broadcast at axis ", axis, ": ", out[axis], " and ",
                           c.shape(i)[axis]));
            out[axis] = *dim;
        }
    }
    return out;
}

void requireBroadcastsTo(const InferContext& c, int input, const Shape& shape) {
    bool fits = c.shape(input).size() == shape.size();
    for (size_t i = 0; fits && i < shape.size(); ++i) {
        const Dim& dim = c.shape(input)[i];
        fits = (dim.isConstant() && dim.constant() == 1) || !differ(dim, shape[i]);
    }
    if (!fits)
        c.fail(cat("input ", input, " has dimensions ", str(c.shape(input)), " when they should broadcast to ",
                   str(shape)));
}

std::vector<int64_t> normalizedAxes(const InferContext& c, const std::vector<int64_t>& axes, int64_t rank) {
    std::vector<int64_t> out;
    for (int64_t axis : axes) out.push_back(c.axis(axis, rank));
    std::sort(out.begin(), out.end());
    if (std::adjacent_find(out.begin(), out.end()) != out.end()) c.fail(cat("axes ", axes, " name an axis twice"));
    return out;
}

std::vector<int64_t> normalizedAxes(std::vector<int64_t> axes, int64_t rank) {
    for (auto& axis : axes) axis = normalizedAxis(axis, rank);
    std::sort(axes.begin(), axes.end());
    return axes;
}

double roughSize(const Dim& dim) {
    return dim.isConstant() ? static_cast<double>(dim.constant()) : 1;
}

double roughVolume(const Shape& shape) {
    double out = 1;
    for (const Dim& dim : shape) out *= roughSize(dim);
    return out;
}

}  // namespace opentrt::ops
