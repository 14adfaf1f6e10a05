// SPDX-License-Identifier: Apache-2.0
// Slice. Inputs: 0 x, 1 start, 2 size, 3 stride (1-D i32 or i64; each optional, instead of the attribute), 4 fill value
// (scalar of x's type, only in mode fill; missing: 0), 5 axes (1-D, known at build time, instead of the attribute).
// Output element i along an axis is x's element start + i*stride; `size` elements. Axes not named are kept whole;
// without axes there is one entry per dimension. Strides may be negative or 0. Places outside the data:
//   strict refused | wrap modulo | clamp nearest element | fill the fill value
//   reflect mirrored about the centres of the border elements
// clamp, wrap and reflect of an empty dimension give an empty one only. In the attributes -1 in `size` is not special.
// Contents of shape tensors are tracked when everything else is known. Tested by tests/ops/slice.case.
#pragma once
#include "graph/op.h"
#include "ops/sample_mode.h"

namespace opentrt::ops {

class Slice : public OpBase<Slice> {
public:
    static constexpr OpInfo kInfo{"Slice", OpClass::Movement, 1, 6, 1, "strided window, with rules for places outside"};

    std::vector<int64_t> start;
    std::vector<int64_t> size;
    std::vector<int64_t> stride;
    std::vector<int64_t> axes;
    SampleMode mode = SampleMode::StrictBounds;

    Slice() = default;
    Slice(std::vector<int64_t> start, std::vector<int64_t> size, std::vector<int64_t> stride,
          std::vector<int64_t> axes = {})
        : start(std::move(start)), size(std::move(size)), stride(std::move(stride)), axes(std::move(axes)) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("start", start);
        v.field("size", size);
        v.field("stride", stride);
        v.field("axes", axes);
        v.field("mode", mode, kSampleModeNames);
    }
};

}  // namespace opentrt::ops
