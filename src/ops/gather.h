// SPDX-License-Identifier: Apache-2.0
// Gather. Inputs: 0 data (rank r >= 1), 1 indices (i32 or i64, rank q). n = elementwiseDims. Negative indices count
// from the end; indices outside the data yield zeros.
//   default: output [data dims before axis, indices dims from n on, data dims behind axis]; the first n <= 1
//     dimensions are common to data and indices (broadcast) and axis >= n
//   element: q = r; output like indices; output[j] = data[j with axis replaced by indices[j]]; n = 0
//   nd: the last dimension k <= r-n of indices is known; output [indices dims but the last, data dims from n+k on];
//     the first n dimensions are common to data and indices (equal)
// Contents of shape tensors are tracked. Tested by tests/ops/gather.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Same numbers as nvinfer1::GatherMode.
enum class GatherMode { Default, Element, Nd };
inline constexpr const char* kGatherModeNames[] = {"default", "element", "nd"};

class Gather : public OpBase<Gather> {
public:
    static constexpr OpInfo kInfo{"Gather", OpClass::Movement, 2, 2, 1, "picks elements or slices by index"};

    GatherMode mode = GatherMode::Default;
    int64_t axis = 0;
    int64_t elementwiseDims = 0;

    Gather() = default;
    explicit Gather(int64_t axis) : axis(axis) {}

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("mode", mode, kGatherModeNames);
        v.field("axis", axis);
        v.field("elementwiseDims", elementwiseDims);
    }
};

}  // namespace opentrt::ops
