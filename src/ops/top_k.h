// SPDX-License-Identifier: Apache-2.0
// TopK. Inputs: 0 x, 1 k (optional scalar i32 or i64, instead of the attribute). Outputs: 0 values, 1 indices, both x's
// shape with k at `axis`. Order: best first; equal values by rising index; NaN counts as larger than everything.
// Types: f32 f16 bf16 i8 u8 i32 i64. Tested by tests/ops/top_k.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Same numbers as nvinfer1::TopKOperation.
enum class TopKOperation { Max, Min };
inline constexpr const char* kTopKOperationNames[] = {"max", "min"};

class TopK : public OpBase<TopK> {
public:
    static constexpr OpInfo kInfo{
        "TopK", OpClass::Opaque, 1, 2, 2, "largest or smallest elements along an axis, sorted"};

    TopKOperation operation = TopKOperation::Max;
    int64_t k = 1;
    int64_t axis = -1;
    DType indicesType = DType::I32;  //!< i32 or i64

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("operation", operation, kTopKOperationNames);
        v.field("k", k);
        v.field("axis", axis);
        v.field("indicesType", indicesType);
    }
};

}  // namespace opentrt::ops
