// SPDX-License-Identifier: Apache-2.0
// Probe. Input: 0 a tensor of any type. No output. Hands the tensor to whoever watches the run, under the name that the
// network gave it; keeps it from being fused away. The executor runs it itself. Tested by tests/api/debug_test.cpp.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Probe : public OpBase<Probe> {
public:
    static constexpr OpInfo kInfo{"Probe", OpClass::Opaque, 1, 1, 0, "shows a tensor to a debug listener"};

    std::string tensor;
    bool unfused = false;  //!< not marked by name, but one of those that fusion left

    Probe() = default;
    Probe(std::string tensor, bool unfused) : tensor(std::move(tensor)), unfused(unfused) {}

    void infer(InferContext&) const override {}
    void eval(EvalContext&) const override {}
    void fields(FieldVisitor& v) override {
        v.field("tensor", tensor);
        v.field("unfused", unfused);
    }
    bool hasSideEffects() const override { return true; }
};

}  // namespace opentrt::ops
