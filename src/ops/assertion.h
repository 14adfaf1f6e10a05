// SPDX-License-Identifier: Apache-2.0
// Assertion. Input: 0 condition (bool). No output. Refuses the network when an element is known to be false at build
// time, stops the run when one is false then. Tested by tests/ops/assertion.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Assertion : public OpBase<Assertion> {
public:
    static constexpr OpInfo kInfo{
        "Assertion", OpClass::Opaque, 1, 1, 0, "stops with a message when a condition is false"};

    std::string message;

    Assertion() = default;
    explicit Assertion(std::string message) : message(std::move(message)) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override { v.field("message", message); }
    bool hasSideEffects() const override { return true; }
};

}  // namespace opentrt::ops
