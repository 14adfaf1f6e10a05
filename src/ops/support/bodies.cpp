// SPDX-License-Identifier: Apache-2.0
#include "ops/support/bodies.h"

#include "base/error.h"

namespace opentrt::ops {

std::vector<Fact> inputFacts(const InferContext& c, int first) {
    std::vector<Fact> out;
    for (int i = first; i < c.inputCount(); ++i) {
        if (!c.has(i)) c.fail(cat("input ", i, " is left out, but bodies need all their inputs"));
        out.push_back(c.input(i));
    }
    return out;
}

std::vector<Tensor> inputTensors(const EvalContext& c, int first) {
    std::vector<Tensor> out;
    for (int i = first; i < c.inputCount(); ++i) out.push_back(c.input(i));
    return out;
}

void requireOutputCount(const InferContext& c, size_t count) {
    if (static_cast<size_t>(c.outputCount()) != count)
        c.fail(cat("number of outputs is ", c.outputCount(), " when the body makes ", count));
}

std::optional<std::vector<Dim>> outerElements(const InferContext& c, int body, const Fact& fact) {
    if (!fact.elements) return std::nullopt;
    for (const Dim& element : *fact.elements) {
        if (c.isLocal(body, element)) return std::nullopt;
    }
    return fact.elements;
}

Fact withoutContents(const Fact& fact) {
    return {fact.type, fact.shape, {}, {}};
}

}  // namespace opentrt::ops
