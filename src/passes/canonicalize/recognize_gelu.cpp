// SPDX-License-Identifier: Apache-2.0
// GELU written out by exporters becomes one activation:
//   x/2 * (1 + erf(x / sqrt(2)))                                     gelu_erf
//   x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3)))              gelu_tanh
// with the factors x, 1/2 and the bracket multiplied in any order. x * sigmoid(1.702x) is left as it is.
#include "base/error.h"
#include "passes/match.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

using Binary = ops::ElementWiseOperation;

//! x in erf(x / sqrt(2)).
std::optional<ValueId> erfArgument(const Graph& graph, ValueId value) {
    const auto inner = argumentOf(graph, value, ops::UnaryOperation::Erf);
    if (!inner) return std::nullopt;
    const auto divided = withNumber(graph, *inner, Binary::Div), scaled = withNumber(graph, *inner, Binary::Prod);
    if (divided && isAbout(divided->number, std::sqrt(2.0))) return divided->x;
    if (scaled && isAbout(scaled->number, std::sqrt(0.5))) return scaled->x;
    return std::nullopt;
}

//! Whether a value is x cubed, by pow or by products.
bool isCube(const Graph& graph, ValueId value, ValueId x) {
    if (const auto power = withNumber(graph, value, Binary::Pow)) return power->x == x && power->number == 3;
    const auto outer = operandsOf(graph, value, Binary::Prod);
    if (!outer) return false;
    for (const auto& [square, other] : {std::pair(outer->a, outer->b), std::pair(outer->b, outer->a)}) {
        const auto inner = operandsOf(graph, square, Binary::Prod);
        if (other == x && inner && inner->a == x && inner->b == x) return true;
    }
    return false;
}

//! x in tanh(sqrt(2/pi) * (x + 0.044715 x^3)).
std::optional<ValueId> tanhArgument(const Graph& graph, ValueId value) {
    const Node* node = nullptr;
    const auto* activation = producerAs<ops::Activation>(graph, value, &node);
    if (!activation || activation->function != ops::ActivationFunction::Tanh) return std::nullopt;
    const auto scaled = withNumber(graph, node->inputs[0], Binary::Prod);
    if (!scaled || !isAbout(scaled->number, std::sqrt(2 / M_PI))) return std::nullopt;
    const auto sum = operandsOf(graph, scaled->x, Binary::Sum);
    if (!sum) return std::nullopt;
    for (const auto& [x, cubic] : {std::pair(sum->a, sum->b), std::pair(sum->b, sum->a)}) {
        const auto term = withNumber(graph, cubic, Binary::Prod);
        if (term && isAbout(term->number, 0.044715) && isCube(graph, term->x, x)) return x;
    }
    return std::nullopt;
}

//! Follows products from the bracket to the value that is x/2 * bracket.
std::optional<ValueId> productWithHalf(const Graph& graph, ValueId bracket, ValueId x) {
    bool half = false, whole = false;
    ValueId value = bracket;
    while (!(half && whole)) {
        const auto reader = onlyReader(graph, value);
        if (!reader) return std::nullopt;
        const ValueId out = graph[*reader].outputs[0];
        const auto pair = operandsOf(graph, out, Binary::Prod);
        if (!pair) return std::nullopt;
        const ValueId other = pair->a == value ? pair->b : pair->a;
        const auto halved = withNumber(graph, other, Binary::Prod);
        if (isAbout(numberIn(graph, other), 0.5) && !half) {
            half = true;
        } else if (other == x && !whole) {
            whole = true;
        } else if (halved && isAbout(halved->number, 0.5) && halved->x == x && !half && !whole) {
            half = whole = true;
        } else {
            return std::nullopt;
        }
        value = out;
    }
    return value;
}

}  // namespace

bool recognizeGelu(Graph& graph, PassContext& context) {
    bool changed = false;
    for (NodeId id : graph.order()) {
        if (graph[id].dead || !as<ops::ElementWise>(*graph[id].op)) continue;
        const ValueId bracket = graph[id].outputs[0];
        const auto plusOne = withNumber(graph, bracket, Binary::Sum);
        if (!plusOne || plusOne->number != 1) continue;
        auto function = ops::ActivationFunction::GeluErf;
        auto x = erfArgument(graph, plusOne->x);
        if (!x) {
            function = ops::ActivationFunction::GeluTanh;
            x = tanhArgument(graph, plusOne->x);
        }
        const auto whole = x ? productWithHalf(graph, bracket, *x) : std::nullopt;
        if (!whole || graph.fact(*whole).shape != graph.fact(*x).shape || !context.spend()) continue;
        const std::string name = graph[graph[*whole].producer].name;
        graph.replaceUses(*whole, graph.add(std::make_unique<ops::Activation>(function), {*x}, name));
        context.log.verbose("recognised GELU in ", name);
        changed = true;
    }
    return changed;
}

}  // namespace opentrt::passes
