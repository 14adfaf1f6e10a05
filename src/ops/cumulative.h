// SPDX-License-Identifier: Apache-2.0
// Cumulative. Inputs: 0 x, 1 axis (0-D i32 or i64, known at build time). Output: like x; element j is the sum
// or the product of x[0..j], without j when `exclusive`, from the far end when `reverse`. Integers wrap. Types: f32 f16
// bf16 i32 i64. Tested by tests/ops/cumulative.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Sum has the number of nvinfer1::CumulativeOperation; Prod is ours, for ONNX CumProd.
enum class CumulativeOperation { Sum, Prod };
inline constexpr const char* kCumulativeOperationNames[] = {"sum", "prod"};

class Cumulative : public OpBase<Cumulative> {
public:
    static constexpr OpInfo kInfo{"Cumulative", OpClass::Opaque, 2, 2, 1, "prefix sums or products along an axis"};

    CumulativeOperation operation = CumulativeOperation::Sum;
    bool exclusive = false;
    bool reverse = false;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("operation", operation, kCumulativeOperationNames);
        v.field("exclusive", exclusive);
        v.field("reverse", reverse);
    }
};

}  // namespace opentrt::ops
