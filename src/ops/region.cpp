// SPDX-License-Identifier: Apache-2.0
#include "ops/region.h"

#include "base/error.h"
#include "graph/graph.h"
#include "ops/support/bodies.h"

namespace opentrt::ops {

void Region::infer(InferContext& c) const {
    if (c.bodyCount() != 1) c.fail(cat("number of bodies is ", c.bodyCount(), " when it should be 1"));
    const auto facts = c.inferBody(0, inputFacts(c, 0));
    requireOutputCount(c, facts.size());
    for (int i = 0; i < c.outputCount(); ++i) {
        const Fact& fact = facts[static_cast<size_t>(i)];
        Shape shape;
        for (const Dim& dim : fact.shape) shape.push_back(c.outerSize(i, static_cast<int>(shape.size()), 0, dim));
        c.output(i, fact.type, std::move(shape));
        if (auto elements = outerElements(c, 0, fact)) c.outputElements(i, std::move(*elements));
    }
}

void Region::eval(EvalContext& c) const {
    auto results = c.runBody(0, inputTensors(c, 0));
    for (size_t i = 0; i < results.size(); ++i) c.setOutput(static_cast<int>(i), std::move(results[i]));
}

}  // namespace opentrt::ops
