// SPDX-License-Identifier: Apache-2.0
// Small questions that rules ask about a graph. A pattern is written as a sequence of them, outermost operator first.
#pragma once
#include <cmath>
#include <optional>

#include "graph/graph.h"
#include "ops/activation.h"
#include "ops/element_wise.h"
#include "ops/reduce.h"
#include "ops/unary.h"

namespace opentrt::passes {

//! The node that makes a value, as an operator of type T; null otherwise.
template <class T>
const T* producerAs(const Graph& graph, ValueId value, const Node** node = nullptr) {
    const NodeId id = graph[value].producer;
    if (!id.valid()) return nullptr;
    if (node) *node = &graph[id];
    return as<T>(*graph[id].op);
}

//! The one number that a constant holds, whatever its shape.
inline std::optional<double> numberIn(const Graph& graph, ValueId value) {
    const auto& constant = graph.fact(value).constant;
    if (!constant || constant->count() < 1 || constant->count() > 4096) return std::nullopt;
    const double first = constant->get(0);
    for (int64_t i = 1; i < constant->count(); ++i) {
        if (constant->get(i) != first) return std::nullopt;
    }
    return first;
}

inline bool isAbout(std::optional<double> number, double expected) {
    return number && std::abs(*number - expected) <= 1e-3 * std::abs(expected);
}

struct Pair {
    ValueId a, b;
};
//! Operands of a binary operation.
inline std::optional<Pair> operandsOf(const Graph& graph, ValueId value, ops::ElementWiseOperation operation) {
    const Node* node = nullptr;
    const auto* op = producerAs<ops::ElementWise>(graph, value, &node);
    if (!op || op->operation != operation) return std::nullopt;
    return Pair{node->inputs[0], node->inputs[1]};
}

struct WithNumber {
    ValueId x;
    double number;
};
//! `x op number` or, for commutative operations, `number op x`.
inline std::optional<WithNumber> withNumber(const Graph& graph, ValueId value, ops::ElementWiseOperation operation) {
    const auto pair = operandsOf(graph, value, operation);
    if (!pair) return std::nullopt;
    if (const auto n = numberIn(graph, pair->b)) return WithNumber{pair->a, *n};
    const bool commutes = operation == ops::ElementWiseOperation::Sum || operation == ops::ElementWiseOperation::Prod;
    if (!commutes) return std::nullopt;
    if (const auto n = numberIn(graph, pair->a)) return WithNumber{pair->b, *n};
    return std::nullopt;
}

inline std::optional<ValueId> argumentOf(const Graph& graph, ValueId value, ops::UnaryOperation operation) {
    const Node* node = nullptr;
    const auto* op = producerAs<ops::Unary>(graph, value, &node);
    if (!op || op->operation != operation) return std::nullopt;
    return node->inputs[0];
}

//! The node that alone reads a value, if the value is no output.
inline std::optional<NodeId> onlyReader(const Graph& graph, ValueId value) {
    if (graph.isOutput(value) || graph[value].uses.size() != 1) return std::nullopt;
    return graph[value].uses[0].node;
}

}  // namespace opentrt::passes
