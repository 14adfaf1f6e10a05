// SPDX-License-Identifier: Apache-2.0
#include "ops/if.h"

#include "base/error.h"
#include "graph/graph.h"
#include "ops/support/bodies.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"

namespace opentrt::ops {
namespace {

struct Branches {
    const Fact &then, &otherwise;
    std::optional<Dim> condition;  //!< as an expression, when it is tracked
};

//! Size of an output along one axis, where the branches agree or not.
Dim mergedSize(InferContext& c, const Branches& b, int output, size_t axis) {
    const Dim &x = b.then.shape[axis], &y = b.otherwise.shape[axis];
    const bool local = c.isLocal(0, x) || c.isLocal(1, y);
    if (!local && x == y) return x;
    if (!local && b.condition) return Dim::select(*b.condition, x, y);
    return c.dataDependentSize(output, static_cast<int>(axis), local ? Dim(kAnySize) : Dim::max(x, y));
}

void merge(InferContext& c, const Branches& b, int i) {
    if (b.then.type != b.otherwise.type)
        c.fail(cat("output ", i, " is ", name(b.then.type), " in the true branch and ", name(b.otherwise.type),
                   " in the false branch"));
    if (b.then.shape.size() != b.otherwise.shape.size())
        c.fail(cat("output ", i, " has dimensions ", str(b.then.shape), " in the true branch and ",
                   str(b.otherwise.shape), " in the false branch, which differ in rank"));
    Shape shape;
    for (size_t axis = 0; axis < b.then.shape.size(); ++axis) shape.push_back(mergedSize(c, b, i, axis));
    const bool sized = isStatic(shape);
    c.output(i, b.then.type, std::move(shape));
    const auto x = outerElements(c, 0, b.then), y = outerElements(c, 1, b.otherwise);
    if (!sized || !b.condition || !x || !y || x->size() != y->size()) return;
    Elements merged;
    for (size_t k = 0; k < x->size(); ++k) merged.push_back(Dim::select(*b.condition, (*x)[k], (*y)[k]));
    c.outputElements(i, std::move(merged));
}

void take(InferContext& c, int body, const Fact& fact, int i) {
    Shape shape;
    for (const Dim& dim : fact.shape) shape.push_back(c.outerSize(i, static_cast<int>(shape.size()), body, dim));
    c.output(i, fact.type, std::move(shape));
    if (auto elements = outerElements(c, body, fact)) c.outputElements(i, std::move(*elements));
}

}  // namespace

void If::infer(InferContext& c) const {
    requireType(c, 0, std::array{DType::Bool});
    requireSingle(c, 0);
    if (c.bodyCount() != 2) c.fail(cat("number of branches is ", c.bodyCount(), " when it should be 2"));
    const auto captured = inputFacts(c, 1);
    const auto condition = c.elements(0);
    if (condition && (*condition)[0].isConstant()) {
        // The other branch never runs, so it need not even be possible.
        const int body = (*condition)[0].constant() ? 0 : 1;
        const auto facts = c.inferBody(body, captured);
        requireOutputCount(c, facts.size());
        for (size_t i = 0; i < facts.size(); ++i) take(c, body, facts[i], static_cast<int>(i));
        return;
    }
    const auto then = c.inferBody(0, captured), otherwise = c.inferBody(1, captured);
    if (then.size() != otherwise.size())
        c.fail(cat("true branch has ", then.size(), " outputs and false branch ", otherwise.size()));
    requireOutputCount(c, then.size());
    for (size_t i = 0; i < then.size(); ++i)
        merge(c, {then[i], otherwise[i], condition ? std::optional((*condition)[0]) : std::nullopt},
              static_cast<int>(i));
}

void If::eval(EvalContext& c) const {
    auto results = c.runBody(c.input(0).getInt(0) ? 0 : 1, inputTensors(c, 1));
    for (size_t i = 0; i < results.size(); ++i) c.setOutput(static_cast<int>(i), std::move(results[i]));
}

}  // namespace opentrt::ops
