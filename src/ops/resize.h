// SPDX-License-Identifier: Apache-2.0
// Resize. Inputs: 0 x, 1 output dimensions (optional 1-D i32 or i64), 2 scales (optional 1-D f32), 3 region (optional
// 1-D f32: the starts of all axes, then their ends, 1 being the last element). Output dimensions: input 1, or `dims`,
// or floor(x's dimension * scale) with input 2, which has to be known at build time then, or `scales`; one entry per
// dimension. Output position o maps to the input position, with s = input 2, or out/in when only dimensions are given,
// or `scales`:
//   align_corners o*(in-1)/(out-1) | asymmetric o/s | half_pixel (o+0.5)/s - 0.5
//   pytorch_half_pixel as half_pixel, but 0 when out is 1 | half_pixel_symmetric half_pixel with ONNX's centring offset
//   crop (start + o*(end-start)/(out-1))*(in-1), or the middle when out is 1; beyond the image reads `extrapolation`
// When out is 1 and selector is upper, the position is 0. nearest rounds the position by `rounding`; linear weighs two
// neighbours per axis, cubic four (coefficient `cubic`); positions beyond the border read the border element, or, with
// excludeOutside (cubic), weigh nothing and the rest is rescaled. With antialias, linear and cubic widen by 1/s where s
// is below 1, and weights are rescaled to a sum of 1. Types: f32 f16 bf16; nearest also i8 u8 i32. Tested by
// tests/ops/resize.case.
#pragma once
#include "graph/op.h"
#include "ops/interpolation_mode.h"

namespace opentrt::ops {

//! Up to HalfPixel the same numbers as nvinfer1::ResizeCoordinateTransformation; the others are ours, for ONNX.
enum class CoordinateMode { AlignCorners, Asymmetric, HalfPixel, PytorchHalfPixel, HalfPixelSymmetric, Crop };
inline constexpr const char* kCoordinateModeNames[] = {"align_corners",      "asymmetric",           "half_pixel",
                                                       "pytorch_half_pixel", "half_pixel_symmetric", "crop"};
//! Same numbers as nvinfer1::ResizeRoundMode.
enum class ResizeRounding { HalfUp, HalfDown, Floor, Ceil };
inline constexpr const char* kResizeRoundingNames[] = {"half_up", "half_down", "floor", "ceil"};
//! Same numbers as nvinfer1::ResizeSelector.
enum class ResizeSelector { Formula, Upper };
inline constexpr const char* kResizeSelectorNames[] = {"formula", "upper"};

class Resize : public OpBase<Resize> {
public:
    static constexpr OpInfo kInfo{"Resize", OpClass::Window, 1, 4, 1, "interpolating change of size"};

    std::vector<int64_t> dims;
    std::vector<double> scales;
    InterpolationMode mode = InterpolationMode::Nearest;
    CoordinateMode coordinates = CoordinateMode::Asymmetric;
    ResizeRounding rounding = ResizeRounding::Floor;
    ResizeSelector selector = ResizeSelector::Formula;
    double cubic = -0.75;
    bool excludeOutside = false;
    bool antialias = false;
    double extrapolation = 0;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("dims", dims);
        v.field("scales", scales);
        v.field("mode", mode, kInterpolationModeNames);
        v.field("coordinates", coordinates, kCoordinateModeNames);
        v.field("rounding", rounding, kResizeRoundingNames);
        v.field("selector", selector, kResizeSelectorNames);
        v.field("cubic", cubic);
        v.field("excludeOutside", excludeOutside);
        v.field("antialias", antialias);
        v.field("extrapolation", extrapolation);
    }
};

}  // namespace opentrt::ops
