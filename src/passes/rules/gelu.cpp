// SPDX-License-Identifier: Apache-2.0
// GELU written out by exporters becomes one activation:
//   x/2 * (1 + erf(x / sqrt(2)))                                     gelu_erf
//   x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3)))              gelu_tanh
// with the factors x, 1/2 and the bracket multiplied in any order. x * sigmoid(1.702x) is left as it is.
#include "base/error.h"
#include "passes/passes.h"
#include "passes/pattern.h"

namespace opentrt::passes {

namespace {

const Pattern& erfBracket() {
    static const Pattern x = any("x");
    static const Pattern bracket = erf(x / std::sqrt(2.0) | x * std::sqrt(0.5)) + 1;
    return bracket;
}

const Pattern& tanhBracket() {
    static const Pattern x = any("x");
    static const Pattern cube = pow(x, 3) | x * (x * x);
    static const Pattern bracket = tanh((x + cube * 0.044715) * std::sqrt(2 / M_PI)) + 1;
    return bracket;
}

Pattern timesHalfOfX(const Pattern& bracket) {
    const Pattern x = any("x");
    return (x * 0.5) * bracket | (x * bracket) * 0.5 | x * (bracket * 0.5);
}

std::optional<Rewrite> gelu(const Graph& graph, const Node& node, const Pattern& pattern,
                            ops::ActivationFunction function) {
    const ValueId y = node.outputs[0];
    const auto found = match(graph, y, pattern);
    if (!found) return {};
    const ValueId x = (*found)["x"];
    if (graph.fact(x).shape != graph.fact(y).shape) return {};
    return Rewrite{y, cat("recognised GELU in ", node.name), [=, name = node.name](Graph& g) {
                       return g.add(std::make_unique<ops::Activation>(function), {x}, name);
                   }};
}

std::optional<Rewrite> geluErf(const Graph& graph, const Node& node, const PassContext&) {
    static const Pattern pattern = timesHalfOfX(erfBracket());
    return gelu(graph, node, pattern, ops::ActivationFunction::GeluErf);
}

std::optional<Rewrite> geluTanh(const Graph& graph, const Node& node, const PassContext&) {
    static const Pattern pattern = timesHalfOfX(tanhBracket());
    return gelu(graph, node, pattern, ops::ActivationFunction::GeluTanh);
}

constexpr Rule kRules[] = {
    {"gelu_erf", "x/2 * (1 + erf(x / sqrt(2))) is one activation", &ops::ElementWise::kInfo, geluErf},
    {"gelu_tanh", "x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))) is one activation", &ops::ElementWise::kInfo,
     geluTanh},
};

}  // namespace

std::span<const Rule> geluRules() {
    return kRules;
}

}  // namespace opentrt::passes
