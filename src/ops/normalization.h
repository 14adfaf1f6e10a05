// SPDX-License-Identifier: Apache-2.0
// Normalization. Inputs: 0 x, 1 scale, 2 bias (both optional). Output: like x,
// (x - mean) / sqrt(variance + epsilon) * scale + bias, mean and variance over `axes`; rms: x / sqrt(mean(x^2) +
// epsilon)
// * scale + bias. With groups > 1 axis 1 (channels) is split into groups that are normalised apart, and `axes` are
// those behind it. scale and bias have x's rank and broadcast to x; with groups > 1 and not v2 they have one element
// per group at axis 1. Types: f32 f16 bf16; scale and bias alike, x's type or f32. Tested by
// tests/ops/normalization.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Normalization : public OpBase<Normalization> {
public:
    static constexpr OpInfo kInfo{
        "Normalization", OpClass::Normalize, 1, 3, 1, "layer, group, instance or RMS normalisation"};

    std::vector<int64_t> axes;
    double epsilon = 1e-5;
    int64_t groups = 1;
    bool v2 = false;   //!< addNormalizationV2: scale and bias are per channel for groups too
    bool rms = false;  //!< ours: no mean is subtracted

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("axes", axes);
        v.field("epsilon", epsilon);
        v.field("groups", groups);
        v.field("v2", v2);
        v.field("rms", rms);
    }
};

}  // namespace opentrt::ops
