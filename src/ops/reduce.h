// SPDX-License-Identifier: Apache-2.0
// Reduce. Input: 0 x. Output: x without the dimensions `axes` (kept as 1 with `keep`). Axes may be negative; at least
// one. Empty slices: sum 0, prod 1, max the lowest value (-inf), min the highest (+inf), avg NaN (integers: 0). Integer
// sums and products wrap; integer avg truncates. NaN wins in max and min. Types: f32 f16 bf16 i32 i64; max and min also
// i8 u8. Contents of shape tensors are tracked through sum, prod, max, min. Tested by tests/ops/reduce.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Same numbers as nvinfer1::ReduceOperation.
enum class ReduceOperation { Sum, Prod, Max, Min, Avg };
inline constexpr const char* kReduceOperationNames[] = {"sum", "prod", "max", "min", "avg"};

class Reduce : public OpBase<Reduce> {
public:
    static constexpr OpInfo kInfo{"Reduce", OpClass::Reduction, 1, 1, 1, "sum, product, extreme or mean over axes"};

    ReduceOperation operation = ReduceOperation::Sum;
    std::vector<int64_t> axes;
    bool keep = false;

    Reduce() = default;
    Reduce(ReduceOperation operation, std::vector<int64_t> axes, bool keep)
        : operation(operation), axes(std::move(axes)), keep(keep) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("operation", operation, kReduceOperationNames);
        v.field("axes", axes);
        v.field("keep", keep);
    }
};

}  // namespace opentrt::ops
