// SPDX-License-Identifier: Apache-2.0
// Fill. Inputs, all optional: 0 dimensions (1-D i32 or i64 of known length, instead of `dims`), 1 alpha, 2 beta (both
// or none).
//   linspace: alpha + sum over axes of beta[axis] * position; alpha scalar, beta [rank] (the attribute: rank 1 only,
//     or beta 0: a constant of any rank)
//   uniform: real numbers in [alpha, beta); scalars | normal: mean alpha, deviation beta; scalars
// The random sequence depends on `seed` and the element's index only. Types: linspace f32 i32 i64 (also f16 bf16 bool
// for constants); random f32 f16 bf16. Contents of shape tensors are tracked. Tested by tests/ops/fill.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Same numbers as nvinfer1::FillOperation.
enum class FillOperation { Linspace, RandomUniform, RandomNormal };
inline constexpr const char* kFillOperationNames[] = {"linspace", "uniform", "normal"};

class Fill : public OpBase<Fill> {
public:
    static constexpr OpInfo kInfo{"Fill", OpClass::Opaque, 0, 3, 1, "ramp or random tensor"};

    FillOperation operation = FillOperation::Linspace;
    std::vector<int64_t> dims;
    double alpha = 0;
    double beta = 1;
    DType type = DType::F32;
    int64_t seed = 0;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("operation", operation, kFillOperationNames);
        v.field("dims", dims);
        v.field("alpha", alpha);
        v.field("beta", beta);
        v.field("type", type);
        v.field("seed", seed);
    }
    bool isRandom() const override { return operation != FillOperation::Linspace; }
};

}  // namespace opentrt::ops
