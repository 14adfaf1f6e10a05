// SPDX-License-Identifier: Apache-2.0
// GridSample. Inputs: 0 x [N, C, H, W], 1 grid [N, oh, ow, 2] with (x, y) in [-1, 1] across the image. Output: [N, C,
// oh, ow]. -1 and 1 are the centres of the border elements with alignCorners, else their outer edges. nearest rounds
// ties to even; cubic uses coefficient -0.75. Coordinates outside: fill reads 0, clamp the border, reflect mirrors
// (about centres with alignCorners, else about edges); strict and wrap are refused. Volumes [N, C, D, H, W] with a grid
// of 3 work but for cubic. Types: f32 f16 bf16, both alike. Tested by tests/ops/grid_sample.case.
#pragma once
#include "graph/op.h"
#include "ops/interpolation_mode.h"
#include "ops/sample_mode.h"

namespace opentrt::ops {

class GridSample : public OpBase<GridSample> {
public:
    static constexpr OpInfo kInfo{"GridSample", OpClass::Opaque, 2, 2, 1, "interpolated reads at given coordinates"};

    InterpolationMode mode = InterpolationMode::Linear;
    bool alignCorners = false;
    SampleMode sampleMode = SampleMode::Fill;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("mode", mode, kInterpolationModeNames);
        v.field("alignCorners", alignCorners);
        v.field("sampleMode", sampleMode, kSampleModeNames);
    }
};

}  // namespace opentrt::ops
