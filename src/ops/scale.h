// SPDX-License-Identifier: Apache-2.0
// Scale, the layer of the API. Inputs: 0 x, 1 shift, 2 scale, 3 power, each optional and flat [count] with count 1
// (uniform), the channel dimension (channel), or the product of the dimensions from channelAxis on (elementwise).
// Output: like x, (x*scale + shift)^power; missing coefficients are 1, 0, 1. Types: f32 f16 bf16, all alike.
// Tested by tests/ops/scale.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Same numbers as nvinfer1::ScaleMode.
enum class ScaleMode { Uniform, Channel, Elementwise };
inline constexpr const char* kScaleModeNames[] = {"uniform", "channel", "elementwise"};

class Scale : public OpBase<Scale> {
public:
    static constexpr OpInfo kInfo{
        "Scale", OpClass::Opaque, 1, 4, 1, "(x * scale + shift) ^ power with flat coefficient lists"};

    ScaleMode mode = ScaleMode::Uniform;
    int64_t channelAxis = 1;

    Scale() = default;
    explicit Scale(ScaleMode mode, int64_t channelAxis = 1) : mode(mode), channelAxis(channelAxis) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("mode", mode, kScaleModeNames);
        v.field("channelAxis", channelAxis);
    }
};

}  // namespace opentrt::ops
