// SPDX-License-Identifier: Apache-2.0
// Convolution. Inputs: 0 x [N..., C, spatial...], 1 kernel [K, C/groups, window...], 2 bias [K] (optional).
// Output: [N..., K, spatial...]. The kernel's rank fixes the number of spatial axes (rank - 2, at least 1); further
// leading dimensions of x are batch. Products are summed exactly as if padding were zeros, then the bias is added; with
// no input channels the sum is empty, so the output is the bias or zero.
// Types: f32 f16 bf16, all inputs alike; with `quantized` x and kernel are i8 or f8, there is no bias, and the output
// is f32: passes make that form, and what scales the sums stands behind it. Tested by tests/ops/convolution.case.
#pragma once
#include "graph/op.h"
#include "ops/window.h"

namespace opentrt::ops {

class Convolution : public OpBase<Convolution>, public WindowParams {
public:
    static constexpr OpInfo kInfo{
        "Convolution", OpClass::Contraction, 2, 3, 1, "cross-correlation over any number of spatial axes"};

    int64_t groups = 1;
    bool quantized = false;
    //! What the layer API asked for, checked against the kernel input when given (-1, empty: not given).
    int64_t outputMaps = -1;
    std::vector<int64_t> window;

    //! Whether each channel is convolved by itself, with weights of this shape.
    bool isDepthwise(const Shape& weights) const {
        return groups > 1 && weights[0] == Dim(groups) && weights[1] == Dim(1);
    }

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    double flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const override;
    void fields(FieldVisitor& v) override {
        windowFields(v);
        v.field("groups", groups);
        v.field("quantized", quantized);
        v.field("outputMaps", outputMaps);
        v.field("window", window);
    }
};

}  // namespace opentrt::ops
