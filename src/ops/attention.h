// SPDX-License-Identifier: Apache-2.0
// Attention. Inputs: 0 query [B, H, S, D], 1 key [B, Hkv, T, D], 2 value [B, Hkv, T, E], 3 mask (optional; broadcasts
// to [B, H, S, T]; bool: true may attend; else added to the scores, query's type), 4 quantization scale of the
// probabilities (optional scalar or [1]). Output: [B, H, S, E]. H is a multiple of Hkv: query head h reads key head h /
// (H/Hkv). scores = scale * query x key^T, then mask, then causal: upper_left lets row i see columns j <= i,
// lower_right j <= i + T - S. softmax runs over the columns (a row that may see nothing gives 0); none leaves the
// scores (masked ones count 0). With input 4 the probabilities are rounded to quantizeTo by that scale. Output =
// probabilities x value. Types: f32 f16 bf16, alike.
//
// Query, key, value and output may lie in memory in another order, so that they are read and written where their
// neighbours have them: dimension axes[i] of the tensor is dimension i of the list above ([0,2,1,3]: heads inside of
// rows). `heads` names the heads that are read, as first and count of query, key and value, so that all three may lie
// in one tensor. Tested by tests/ops/attention.case.
#pragma once
#include <array>

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
    DType quantizeTo = DType::F8;                                    //!< f8 or i8
    std::vector<int64_t> queryAxes, keyAxes, valueAxes, outputAxes;  //!< empty: in order
    std::vector<int64_t> heads;  //!< first and count of query, key, value; empty: all heads of each

    enum Operand { kQuery, kKey, kValue, kOutput };
    //! Dimension of the operand's tensor that is batch, head, row, column.
    std::array<size_t, 4> axesOf(Operand operand) const;
    void setAxes(Operand operand, const std::array<size_t, 4>& axes);
    //! First of the heads that are read, and their number when the tensor has `all`.
    template <class Size>
    std::pair<int64_t, Size> headsOf(Operand operand, Size all) const {
        if (heads.size() != 6 || operand == kOutput) return {0, all};
        return {heads[2 * static_cast<size_t>(operand)], Size(heads[2 * static_cast<size_t>(operand) + 1])};
    }

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    double flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const override;
    void fields(FieldVisitor& v) override {
        v.field("normalization", normalization, kAttentionNormalizationNames);
        v.field("causal", causal, kCausalMaskNames);
        v.field("scale", scale);
        v.field("quantizeTo", quantizeTo);
        v.field("queryAxes", queryAxes);
        v.field("keyAxes", keyAxes);
        v.field("valueAxes", valueAxes);
        v.field("outputAxes", outputAxes);
        v.field("heads", heads);
    }
};

}  // namespace opentrt::ops
