// SPDX-License-Identifier: Apache-2.0
// Attention. Inputs: 0 query [B, H, S, D], 1 key [B, Hkv, T, D], 2 value [B, Hkv, T, E], 3 mask (optional; broadcasts
// to [B, H, S, T]; bool: true may attend; else added to the scores, query's type), 4 quantization scale of the
// probabilities (optional scalar or [1]). Output: [B, H, S, E]. H is a multiple of Hkv: query head h reads key head h /
// (H/Hkv). scores = scale * query x key^T, then mask, then causal: upper_left lets row i see columns j <= i,
// lower_right j <= i + T - S. softmax runs over the columns (a row that may see nothing gives 0); none leaves the
// scores (masked ones count 0). With input 4 the probabilities are rounded to quantizeTo by that scale. Output =
// probabilities x value. Types: f32 f16 bf16, alike. Tested by tests/ops/attention.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Same numbers as nvinfer1::AttentionNormalizationOp.
enum class AttentionNormalization { None, Softmax };
inline constexpr const char* kAttentionNormalizationNames[] = {"none", "softmax"};
//! Same numbers as nvinfer1::CausalMaskKind; IAttention::setCausal(true) is UpperLeft.
enum class CausalMask { None, UpperLeft, LowerRight };
inline constexpr const char* kCausalMaskNames[] = {"none", "upper_left", "lower_right"};

class Attention : public OpBase<Attention> {
public:
    static constexpr OpInfo kInfo{
        "Attention", OpClass::Contraction, 3, 5, 1, "normalised query-key products weighing values"};

    AttentionNormalization normalization = AttentionNormalization::Softmax;
    CausalMask causal = CausalMask::None;
    double scale = 1;
    DType quantizeTo = DType::F8;  //!< f8 or i8

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    double flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const override;
    void fields(FieldVisitor& v) override {
        v.field("normalization", normalization, kAttentionNormalizationNames);
        v.field("causal", causal, kCausalMaskNames);
        v.field("scale", scale);
        v.field("quantizeTo", quantizeTo);
    }
};

}  // namespace opentrt::ops
