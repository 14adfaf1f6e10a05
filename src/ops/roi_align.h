// SPDX-License-Identifier: Apache-2.0
// RoiAlign. Inputs: 0 x [N, C, H, W], 1 boxes [R, 4] as (x1, y1, x2, y2), 2 batch of each box [R] (i32 or i64). Output:
// [R, C, height, width]. A box times `scale` (less 0.5 with halfPixel; without, it is at least 1 by 1) is cut into
// cells; each averages (or, with max, takes the largest of) samples x samples bilinear reads, or, with samples 0, as
// many as the cell is large. Of each read max takes the largest weighted neighbour. Reads more than 1 outside the image
// are 0. Types: f32 f16 bf16, x and boxes alike. Ours, for ONNX. Tested by tests/ops/roi_align.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class RoiAlign : public OpBase<RoiAlign> {
public:
    static constexpr OpInfo kInfo{"RoiAlign", OpClass::Opaque, 3, 3, 1, "pools boxes of an image to one size"};

    int64_t height = 1;
    int64_t width = 1;
    int64_t samples = 0;
    double scale = 1;
    bool halfPixel = true;
    bool max = false;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("height", height);
        v.field("width", width);
        v.field("samples", samples);
        v.field("scale", scale);
        v.field("halfPixel", halfPixel);
        v.field("max", max);
    }
};

}  // namespace opentrt::ops
