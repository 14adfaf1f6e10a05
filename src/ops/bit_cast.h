// SPDX-License-Identifier: Apache-2.0
// BitCast. Input: 0 x. Output: the same shape, the bits of x read as type `to`. `from` and `to` are of one width and
// name ONNX's element types, which graphs may hold by value in another: i16 and u16 in i32, u32 and u64 in i64, f16,
// bf16 and f64 in f32. The input has a type that holds `from`; the output's, `type`, holds `to`. Ours, for ONNX. Tested
// by tests/ops/bit_cast.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

enum class BitType { Bool, I8, U8, F16, BF16, I16, U16, F32, I32, U32, F64, I64, U64 };
inline constexpr const char* kBitTypeNames[] = {"bool", "i8",  "u8",  "f16", "bf16", "i16", "u16",
                                                "f32",  "i32", "u32", "f64", "i64",  "u64"};

class BitCast : public OpBase<BitCast> {
public:
    static constexpr OpInfo kInfo{"BitCast", OpClass::Opaque, 1, 1, 1, "elements read as another type of their width"};

    BitType from = BitType::F32;
    BitType to = BitType::I32;
    DType type = DType::I32;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("from", from, kBitTypeNames);
        v.field("to", to, kBitTypeNames);
        v.field("type", type);
    }
};

}  // namespace opentrt::ops
