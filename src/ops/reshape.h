// SPDX-License-Identifier: Apache-2.0
// Reshape. Inputs: 0 x, 1 dimensions (optional 1-D i32 or i64 of known length, instead of `dims`). Output: x's elements
// in row-major order under the new dimensions. One dimension may be -1 (computed); 0 copies x's dimension at the same
// place if zeroIsPlaceholder. In the attribute, copy(i) stands for x's dimension i, so that passes can write dynamic
// reshapes without shape tensors. Contents of shape tensors pass. Tested by tests/ops/reshape.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Reshape : public OpBase<Reshape> {
public:
    static constexpr OpInfo kInfo{"Reshape", OpClass::Movement, 1, 2, 1, "the same elements under other dimensions"};

    std::vector<int64_t> dims;
    bool zeroIsPlaceholder = true;

    static constexpr int64_t copy(int64_t axis) { return -2 - axis; }

    Reshape() = default;
    explicit Reshape(std::vector<int64_t> dims, bool zeroIsPlaceholder = true)
        : dims(std::move(dims)), zeroIsPlaceholder(zeroIsPlaceholder) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    bool isView() const override { return true; }
    void fields(FieldVisitor& v) override {
        v.field("dims", dims);
        v.field("zeroIsPlaceholder", zeroIsPlaceholder);
    }
};

}  // namespace opentrt::ops
