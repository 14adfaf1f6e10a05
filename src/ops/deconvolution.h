// SPDX-License-Identifier: Apache-2.0
// Deconvolution, the transpose of Convolution. Inputs: 0 x [N..., C, spatial...], 1 kernel [C, K/groups, window...],
// 2 bias [K] (optional). Output: [N..., K, spatial...] of size (in-1)*stride + 1+dilation*(window-1) - pre - post per
// axis; negative `post` adds positions that no product reaches (ONNX output_padding).
// Types: f32 f16 bf16, all inputs alike. Tested by tests/ops/deconvolution.case.
#pragma once
#include "graph/op.h"
#include "ops/window.h"

namespace opentrt::ops {

class Deconvolution : public OpBase<Deconvolution>, public WindowParams {
public:
    static constexpr OpInfo kInfo{
        "Deconvolution", OpClass::Contraction, 2, 3, 1, "transposed convolution over any number of spatial axes"};

    int64_t groups = 1;
    //! What the layer API asked for, checked against the kernel input when given (-1, empty: not given).
    int64_t outputMaps = -1;
    std::vector<int64_t> window;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    double flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const override;
    void fields(FieldVisitor& v) override {
        windowFields(v);
        v.field("groups", groups);
        v.field("outputMaps", outputMaps);
        v.field("window", window);
    }
};

}  // namespace opentrt::ops
