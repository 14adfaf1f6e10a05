// SPDX-License-Identifier: Apache-2.0
// Shuffle, the layer of the API. Inputs: 0 x, 1 reshape dimensions (optional 1-D i32 or i64, instead of the attribute).
// Output: x transposed by `first`, reshaped, transposed by `second`; an empty permutation is none. The reshape happens
// when `reshapes` is set or input 1 is there, under the rules of Reshape. Tested by tests/ops/shuffle.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Shuffle : public OpBase<Shuffle> {
public:
    static constexpr OpInfo kInfo{"Shuffle", OpClass::Movement, 1, 2, 1, "transpose, reshape, transpose"};

    std::vector<int64_t> first;
    bool reshapes = false;
    std::vector<int64_t> dims;
    bool zeroIsPlaceholder = true;
    std::vector<int64_t> second;

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("first", first);
        v.field("reshapes", reshapes);
        v.field("dims", dims);
        v.field("zeroIsPlaceholder", zeroIsPlaceholder);
        v.field("second", second);
    }
};

}  // namespace opentrt::ops
