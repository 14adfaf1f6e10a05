// SPDX-License-Identifier: Apache-2.0
// RoiPool. Inputs: 0 x [N, C, H, W], 1 boxes [R, 5] as (batch, x1, y1, x2, y2). Output: [R, C, height, width]. A box,
// times `scale` and rounded to whole elements with its far corner in it, is cut into height x width cells that round
// outwards; each takes the largest element in it, 0 where it lies outside the image. Types: f32 f16 bf16, x and boxes
// alike. Ours, for ONNX MaxRoiPool. Tested by tests/ops/roi_pool.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class RoiPool : public OpBase<RoiPool> {
public:
    static constexpr OpInfo kInfo{"RoiPool", OpClass::Opaque, 2, 2, 1, "largest elements of the cells of boxes"};

    int64_t height = 1;
    int64_t width = 1;
    double scale = 1;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("height", height);
        v.field("width", width);
        v.field("scale", scale);
    }
};

}  // namespace opentrt::ops
