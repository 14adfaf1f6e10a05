// SPDX-License-Identifier: Apache-2.0
// MatrixMultiply. Inputs: 0 a, 1 b. Each is a collection of matrices (last two dimensions), transposed matrices, or
// vectors (last dimension); the other dimensions are equal in number and broadcast. Output: broadcast dimensions, then
// the rows of a and the columns of b where those exist. Sums over an empty axis are zero.
// Types: f32 f16 bf16 i32 i64, both alike; integers wrap. With `quantized` both are i8 or f8 and the output is f32, as
// for Convolution. Tested by tests/ops/matrix_multiply.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Same numbers as nvinfer1::MatrixOperation.
enum class MatrixOperation { None, Transpose, Vector };
inline constexpr const char* kMatrixOperationNames[] = {"none", "transpose", "vector"};

class MatrixMultiply : public OpBase<MatrixMultiply> {
public:
    static constexpr OpInfo kInfo{"MatrixMultiply", OpClass::Contraction, 2, 2, 1, "batched matrix product"};

    MatrixOperation a = MatrixOperation::None;
    MatrixOperation b = MatrixOperation::None;
    bool quantized = false;

    MatrixMultiply() = default;
    explicit MatrixMultiply(MatrixOperation a, MatrixOperation b = MatrixOperation::None) : a(a), b(b) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    double flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const override;
    void fields(FieldVisitor& v) override {
        v.field("a", a, kMatrixOperationNames);
        v.field("b", b, kMatrixOperationNames);
        v.field("quantized", quantized);
    }
};

}  // namespace opentrt::ops
