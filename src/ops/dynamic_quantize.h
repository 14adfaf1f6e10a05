// SPDX-License-Identifier: Apache-2.0
// DynamicQuantize. Inputs: 0 x (f32 f16 bf16, rank 1 or more), 1 double-quantization scale (scalar, optional: 1).
// Blocks: blockShape (one entry per dimension), or blockSize elements along `axis`. Outputs: 0 x's shape in `to`,
// saturate(x / (s * input1)); 1 scale s in `scaleType`, x's shape divided by the blocks (rounded up):
// s = max|x| / largest(to) / input1, rounded to scaleType (e8m0: up to a power of two); where s is 0 the block is 0.
// Types: to f4 f8 i8; scaleType f8 e8m0 f32. Tested by tests/ops/dynamic_quantize.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class DynamicQuantize : public OpBase<DynamicQuantize> {
public:
    static constexpr OpInfo kInfo{
        "DynamicQuantize", OpClass::Opaque, 1, 2, 2, "quantization by blocks with scales computed from the data"};

    int64_t axis = -1;
    int64_t blockSize = 16;
    std::vector<int64_t> blockShape;
    DType to = DType::F4;
    DType scaleType = DType::F8;

    //! One entry per dimension, from either way of giving the blocks.
    std::vector<int64_t> blocks(int64_t rank) const;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("axis", axis);
        v.field("blockSize", blockSize);
        v.field("blockShape", blockShape);
        v.field("to", to);
        v.field("scaleType", scaleType);
    }
};

}  // namespace opentrt::ops
