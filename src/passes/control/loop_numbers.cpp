// SPDX-License-Identifier: Apache-2.0
#include "passes/control/loop_numbers.h"

#include "ops/cast.h"
#include "ops/identity.h"
#include "ops/reshape.h"
#include "ops/squeeze.h"
#include "ops/unsqueeze.h"
#include "passes/match.h"

namespace opentrt::passes {

namespace {

bool isIndex(const Graph& body, ValueId value) {
    const Fact& fact = body.fact(value);
    return (fact.type == DType::I32 || fact.type == DType::I64) && volume(fact.shape) == Dim(1);
}

//! Operators that hand on a single element as it is.
bool passesOn(const Op& op) {
    return as<ops::Identity>(op) || as<ops::Reshape>(op) || as<ops::Squeeze>(op) || as<ops::Unsqueeze>(op);
}

//! Whether 32 bits hold it in any loop that ends within a day.
bool staysSmall(const Linear& number) {
    return std::abs(number.scale) <= 16 && std::abs(number.offset) <= 1 << 24;
}

ValueId throughViews(const Graph& body, ValueId value) {
    for (;;) {
        const NodeId producer = body[value].producer;
        if (!producer.valid() || !passesOn(*body[producer].op)) return value;
        value = body[producer].inputs[0];
    }
}

}  // namespace

std::optional<Linear> linearIn(const Graph& body, ValueId base, ValueId value) {
    using Operation = ops::ElementWiseOperation;
    if (value == base) return Linear{1, 0};
    if (!isIndex(body, value)) return std::nullopt;
    if (const auto& constant = body.fact(value).constant) return Linear{0, constant->getInt(0)};
    const NodeId producer = body[value].producer;
    if (!producer.valid()) return std::nullopt;
    const Node& node = body[producer];
    if (passesOn(*node.op)) return linearIn(body, base, node.inputs[0]);
    if (as<ops::Cast>(*node.op)) {
        const auto number = linearIn(body, base, node.inputs[0]);
        return number && staysSmall(*number) ? number : std::nullopt;
    }
    const auto* binary = as<ops::ElementWise>(*node.op);
    if (!binary) return std::nullopt;
    const auto a = linearIn(body, base, node.inputs[0]), b = linearIn(body, base, node.inputs[1]);
    if (!a || !b) return std::nullopt;
    if (binary->operation == Operation::Sum) return Linear{a->scale + b->scale, a->offset + b->offset};
    if (binary->operation == Operation::Sub) return Linear{a->scale - b->scale, a->offset - b->offset};
    if (binary->operation != Operation::Prod || (a->scale != 0 && b->scale != 0)) return std::nullopt;
    const Linear &factor = a->scale == 0 ? *a : *b, &other = a->scale == 0 ? *b : *a;
    return Linear{other.scale * factor.offset, other.offset * factor.offset};
}

std::optional<Below> belowLimit(const Graph& body, ValueId base, ValueId condition) {
    using Operation = ops::ElementWiseOperation;
    const Node* node = nullptr;
    const auto* compare = producerAs<ops::ElementWise>(body, throughViews(body, condition), &node);
    if (!compare) return std::nullopt;
    const bool less = compare->operation == Operation::Less, greater = compare->operation == Operation::Greater;
    if (!less && !greater) return std::nullopt;
    const ValueId left = node->inputs[less ? 0 : 1], limit = throughViews(body, node->inputs[less ? 1 : 0]);
    if (!isIndex(body, limit)) return std::nullopt;
    const auto linear = linearIn(body, base, left);
    if (!linear) return std::nullopt;
    return Below{*linear, limit};
}

}  // namespace opentrt::passes
