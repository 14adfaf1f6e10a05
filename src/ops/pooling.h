// SPDX-License-Identifier: Apache-2.0
// Pooling. Input: 0 x [N..., C, spatial...]; `window` fixes the number of spatial axes. Output: [N..., C, spatial...].
//   max: largest element inside the data (NaN wins); nothing inside gives -inf (integers: the lowest value)
//   average: sum / number of positions; with excludePadding only positions inside the data count (none: 0); without,
//     the positions in data and padding count, not those beyond, which round-up modes reach
//   blend: (1-blend)*max + blend*average
// Dilation is ours, for ONNX MaxPool. Types: f32 f16 bf16; max and average also i8 u8.
// Tested by tests/ops/pooling.case.
#pragma once
#include "graph/op.h"
#include "ops/window.h"

namespace opentrt::ops {

//! Same numbers as nvinfer1::PoolingType.
enum class PoolingOperation { Max, Average, MaxAverageBlend };
inline constexpr const char* kPoolingOperationNames[] = {"max", "average", "blend"};

class Pooling : public OpBase<Pooling>, public WindowParams {
public:
    static constexpr OpInfo kInfo{"Pooling", OpClass::Window, 1, 1, 1, "maximum or average over sliding windows"};

    PoolingOperation operation = PoolingOperation::Max;
    std::vector<int64_t> window;
    double blend = 0;
    bool excludePadding = true;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    double flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const override;
    void fields(FieldVisitor& v) override {
        v.field("operation", operation, kPoolingOperationNames);
        v.field("window", window);
        windowFields(v);
        v.field("blend", blend);
        v.field("excludePadding", excludePadding);
    }
};

}  // namespace opentrt::ops
