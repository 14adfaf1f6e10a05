// SPDX-License-Identifier: Apache-2.0
#include "ops/support/elements.h"

#include "base/error.h"
#include "graph/limits.h"
#include "ops/support/check.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {

bool trackable(const Shape& shape) {
    const Dim count = volume(shape);
    return isStatic(shape) && count.constant() <= kMaxTracked;
}

bool nonNegative(const Dim& value) {
    return value.bounds({}).min >= 0;
}

void trackComputed(InferContext& c, int output, DType type, Elements elements) {
    if (type != DType::I32 && type != DType::I64 && type != DType::Bool) return;
    for (Dim& element : elements) {
        if (element.isConstant()) element = wrapTo(type, static_cast<uint64_t>(element.constant()));
    }
    c.outputElements(output, std::move(elements));
}

std::optional<Elements> broadcastElements(const InferContext& c, int input, const Shape& shape) {
    if (!trackable(shape) || !isStatic(c.shape(input))) return std::nullopt;
    const auto elements = c.elements(input);
    if (!elements) return std::nullopt;
    Odometer at(staticDims(shape));
    at.track(broadcastStrides(staticDims(c.shape(input)), shape.size()));
    Elements out;
    const int64_t count = volume(shape).constant();
    for (int64_t i = 0; i < count; ++i, at.next()) out.push_back((*elements)[static_cast<size_t>(at.offset(0))]);
    return out;
}

int64_t knownLength(const InferContext& c, int input) {
    requireIndices(c, input, 1);
    if (!c.shape(input)[0].isConstant())
        c.fail(cat("input ", input, " has length ", c.shape(input)[0], " when it should be known at build time"));
    return c.shape(input)[0].constant();
}

int64_t knownRank(const InferContext& c, int input) {
    const int64_t rank = knownLength(c, input);
    if (rank > static_cast<int64_t>(kMaxRank))
        c.fail(cat("input ", input, " gives ", rank, " dimensions; at most ", kMaxRank, " are possible"));
    return rank;
}

Shape shapeFromInput(InferContext& c, int input, int output) {
    const int64_t rank = knownRank(c, input);
    if (auto known = c.elements(input)) return *known;
    Shape out;
    for (int64_t axis = 0; axis < rank; ++axis)
        out.push_back(c.dataDependentSize(output, static_cast<int>(axis), kAnySize));
    return out;
}

}  // namespace opentrt::ops
