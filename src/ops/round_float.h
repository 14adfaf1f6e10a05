// SPDX-License-Identifier: Apache-2.0
// RoundFloat. Input: 0 x. Output: the same type and shape; each number rounded to the nearest (ties to even) that
// `format`, which graphs do not have as a type, can hold. Beyond the largest number: that number with saturate, else
// infinity, or NaN where the format (fnuz) has none; these formats have no -0 either. Types: f32 f16 bf16. Ours, for
// ONNX. Tested by tests/ops/round_float.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

enum class FloatFormat { E5M2, E4M3Fnuz, E5M2Fnuz };
inline constexpr const char* kFloatFormatNames[] = {"e5m2", "e4m3fnuz", "e5m2fnuz"};

class RoundFloat : public OpBase<RoundFloat> {
public:
    static constexpr OpInfo kInfo{"RoundFloat", OpClass::Opaque, 1, 1, 1, "numbers rounded to a narrower format"};

    FloatFormat format = FloatFormat::E5M2;
    bool saturate = true;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("format", format, kFloatFormatNames);
        v.field("saturate", saturate);
    }
};

}  // namespace opentrt::ops
