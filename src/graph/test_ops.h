// SPDX-License-Identifier: Apache-2.0
// A handful of operators with which this room tests itself without the operators of the ops room, and the two functions
// that the ops room would define: makeOp knows these, and allowed() refuses TestRegion before Stage::Planned.
#pragma once
#include <string>

#include "graph/graph.h"

namespace opentrt::testing {

//! Pointwise sum of two inputs, times `factor`; a second input left out counts as zero.
class TestAdd : public OpBase<TestAdd> {
public:
    static constexpr OpInfo kInfo{"TestAdd", OpClass::Pointwise, 1, 2, 1, "factor * (a + b)"};
    double factor = 1;
    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override { evalPointwise(*this, context); }
    void emitScalar(ScalarBuilder& builder) const override;
    void fields(FieldVisitor& v) override { v.field("factor", factor); }
};

//! Halves a size, rounding up, by dropping odd elements along `axis`.
class TestHalve : public OpBase<TestHalve> {
public:
    static constexpr OpInfo kInfo{"TestHalve", OpClass::Movement, 1, 1, 1, "every other element"};
    int64_t axis = 0;
    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override { v.field("axis", axis); }
};

//! The positive elements of a vector, and how many there are.
class TestPositive : public OpBase<TestPositive> {
public:
    static constexpr OpInfo kInfo{"TestPositive", OpClass::Opaque, 1, 1, 2, "the positive elements"};
    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
};

//! Zeros of the shape that a shape tensor holds.
class TestZeros : public OpBase<TestZeros> {
public:
    static constexpr OpInfo kInfo{"TestZeros", OpClass::Opaque, 1, 1, 1, "zeros of a given shape"};
    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
};

//! Refuses everything when it runs; has no outputs.
class TestAssert : public OpBase<TestAssert> {
public:
    static constexpr OpInfo kInfo{"TestAssert", OpClass::Opaque, 1, 1, 0, "fails unless its input is true"};
    std::string message;
    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    bool hasSideEffects() const override { return true; }
    void fields(FieldVisitor& v) override { v.field("message", message); }
};

//! Runs its body once on its inputs.
class TestRegion : public OpBase<TestRegion> {
public:
    static constexpr OpInfo kInfo{"TestRegion", OpClass::Control, 0, -1, -1, "runs its body"};
    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
};

}  // namespace opentrt::testing
