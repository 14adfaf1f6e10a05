// SPDX-License-Identifier: Apache-2.0
// Bitwise. Inputs: 0 a, 1 b of equal rank and type; each dimension is equal or 1. Output: broadcast shape, type of the
// inputs; the bits of both combined. Types: i8 u8 i32 i64. Ours, for ONNX. Tested by tests/ops/bitwise.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

enum class BitwiseOperation { And, Or, Xor };
inline constexpr const char* kBitwiseOperationNames[] = {"and", "or", "xor"};

class Bitwise : public OpBase<Bitwise> {
public:
    static constexpr OpInfo kInfo{"Bitwise", OpClass::Opaque, 2, 2, 1, "logic on the bits of integers"};

    BitwiseOperation operation = BitwiseOperation::And;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override { v.field("operation", operation, kBitwiseOperationNames); }
};

}  // namespace opentrt::ops
