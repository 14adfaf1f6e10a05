// SPDX-License-Identifier: Apache-2.0
// Scatter. Inputs: 0 data (rank r >= 1), 1 indices (i32 or i64), 2 updates (data's type). Output: data with updates
// written.
//   element: indices and updates alike in shape, rank r; output[j with axis replaced by indices[j]] = updates[j]
//   nd: indices [i..., k] with k <= r known; updates [i..., data dims from k on]
// Negative indices count from the end; indices outside the data are ignored. Several writes to one place happen in
// row-major order of the indices and combine by `reduction`. Integers wrap. Tested by tests/ops/scatter.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Same numbers as nvinfer1::ScatterMode.
enum class ScatterMode { Element, Nd };
inline constexpr const char* kScatterModeNames[] = {"element", "nd"};
enum class ScatterReduction { None, Add, Mul, Max, Min };
inline constexpr const char* kScatterReductionNames[] = {"none", "add", "mul", "max", "min"};

class Scatter : public OpBase<Scatter> {
public:
    static constexpr OpInfo kInfo{"Scatter", OpClass::Movement, 3, 3, 1, "writes elements or slices at indices"};

    ScatterMode mode = ScatterMode::Element;
    int64_t axis = 0;
    ScatterReduction reduction = ScatterReduction::None;  //!< ours, for ONNX

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("mode", mode, kScatterModeNames);
        v.field("axis", axis);
        v.field("reduction", reduction, kScatterReductionNames);
    }
};

}  // namespace opentrt::ops
