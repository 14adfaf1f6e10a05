// SPDX-License-Identifier: Apache-2.0
// What the ranges of the profiles say about conditions on sizes. An assertion that no shape fulfils refuses the build,
// unless it stands in a body, which a run may never enter.
#include "base/error.h"
#include "ops/assertion.h"
#include "passes/passes.h"

namespace opentrt::passes {

bool decideAssertions(Graph& graph, PassContext& context) {
    bool changed = false;
    for (const NodeId id : graph.order()) {
        const auto* assertion = as<ops::Assertion>(*graph[id].op);
        if (!assertion) continue;
        const auto& elements = graph.fact(graph[id].inputs[0]).elements;
        if (!elements) continue;
        bool holds = true;
        for (const Dim& element : *elements) {
            const Interval truth = element.bounds(graph.ranges);
            holds = holds && truth.min > 0;
            if (truth.max > 0 || context.inBody) continue;
            throw Error(ErrorCode::InvalidArgument, graph[id].name,
                        cat("no shape within the profiles fulfils the assertion: ", assertion->message));
        }
        if (!holds || !context.spend()) continue;
        graph.erase(id);
        changed = true;
    }
    return changed;
}

}  // namespace opentrt::passes
