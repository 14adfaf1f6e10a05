// SPDX-License-Identifier: Apache-2.0
// Operators whose output is their input go. A network output keeps its operator when the input has a name of its own,
// as network input, network output or constant.
#include "ops/cast.h"
#include "ops/expand.h"
#include "ops/identity.h"
#include "ops/reshape.h"
#include "ops/squeeze.h"
#include "ops/transpose.h"
#include "ops/unsqueeze.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

//! For operators that leave the order of the elements alone: type and shape say it all.
std::optional<Rewrite> sameTypeAndShape(const Graph& graph, const Node& node, const PassContext&) {
    const ValueId in = node.inputs[0], out = node.outputs[0];
    if (graph.fact(in).type != graph.fact(out).type || graph.fact(in).shape != graph.fact(out).shape) return {};
    if (graph[out].uses.empty() && !graph.isOutput(out)) return {};
    const bool bothNamed = graph.isOutput(out) && (graph.isInput(in) || graph.isOutput(in) || graph.isConstant(in));
    if (bothNamed) return {};
    return Rewrite{out, cat("dropped ", node.name), [in](Graph&) { return in; }};
}

std::optional<Rewrite> sameOrder(const Graph& graph, const Node& node, const PassContext& context) {
    const auto& permutation = as<ops::Transpose>(*node.op)->permutation;
    for (size_t i = 0; i < permutation.size(); ++i) {
        if (permutation[i] != static_cast<int64_t>(i)) return {};
    }
    return sameTypeAndShape(graph, node, context);
}

constexpr Rule kRules[] = {
    {"identity", "identity(x) = x", &ops::Identity::kInfo, sameTypeAndShape},
    {"cast_to_same", "a conversion to the type that x has", &ops::Cast::kInfo, sameTypeAndShape},
    {"reshape_to_same", "a reshape to the shape that x has", &ops::Reshape::kInfo, sameTypeAndShape},
    {"squeeze_nothing", "a squeeze of no axis", &ops::Squeeze::kInfo, sameTypeAndShape},
    {"unsqueeze_nothing", "an unsqueeze of no axis", &ops::Unsqueeze::kInfo, sameTypeAndShape},
    {"expand_to_same", "an expansion to the shape that x has", &ops::Expand::kInfo, sameTypeAndShape},
    {"transpose_in_order", "a transpose that keeps the order of the axes", &ops::Transpose::kInfo, sameOrder},
};

}  // namespace

std::span<const Rule> identityRules() {
    return kRules;
}

}  // namespace opentrt::passes
