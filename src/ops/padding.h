// SPDX-License-Identifier: Apache-2.0
// Padding. Input: 0 x. Output: the last m dimensions grown by pre[i] before and post[i] behind, where m is the length
// of both lists; negative numbers crop. New elements: constant `value`; edge the nearest element; reflect mirrored
// about the border elements' centres; wrap modulo. The layer of the API is constant with m = 2. Types: all. Tested by
// tests/ops/padding.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

enum class PadMode { Constant, Reflect, Edge, Wrap };
inline constexpr const char* kPadModeNames[] = {"constant", "reflect", "edge", "wrap"};

class Padding : public OpBase<Padding> {
public:
    static constexpr OpInfo kInfo{"Padding", OpClass::Movement, 1, 1, 1, "adds or removes border elements"};

    std::vector<int64_t> pre;
    std::vector<int64_t> post;
    PadMode mode = PadMode::Constant;
    double value = 0;

    Padding() = default;
    Padding(std::vector<int64_t> pre, std::vector<int64_t> post) : pre(std::move(pre)), post(std::move(post)) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("pre", pre);
        v.field("post", post);
        v.field("mode", mode, kPadModeNames);
        v.field("value", value);
    }
};

}  // namespace opentrt::ops
