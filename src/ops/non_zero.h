// SPDX-License-Identifier: Apache-2.0
// NonZero. Input: 0 x (any type; rank 0 counts as [1]). Output: [rank, n], column j holds the coordinates of the j-th
// non-zero element in row-major order; n is known after the run, at most x's volume. Tested by tests/ops/non_zero.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class NonZero : public OpBase<NonZero> {
public:
    static constexpr OpInfo kInfo{"NonZero", OpClass::Opaque, 1, 1, 1, "coordinates of the elements that are not zero"};

    DType indicesType = DType::I32;  //!< i32 or i64

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override { v.field("indicesType", indicesType); }
};

}  // namespace opentrt::ops
