// SPDX-License-Identifier: Apache-2.0
// Loop. With c = carried, i = iterator count, s = scan count:
//   inputs   0 trip count (0-D i32 or i64; left out: no limit), 1 start condition (0-D bool; left out: true),
//            then c initial values, i tensors to iterate over, s scan lengths (0-D i32 or i64; each may be left out),
//            then captured values
//   body in  0 iteration number (0-D i64), then c current values, i slices, then the captured values
//   body out 0 condition to go on (0-D bool) if `conditional`, then c next values, s slices
//   outputs  c last values, then s scans
// Before an iteration the loop ends when the trip count is reached or the condition is false; the first condition is
// input 1, later ones are the body's. Without `conditional` the trip count is required.
// R1 Iterator k reads slice n of its tensor along iteratorAxes[k] in iteration n, or slice M-1-n when
// iteratorReverse[k]
//    is 1, M being the trip count, or the dimension when that is left out; the axis is dropped.
// R2 Scan k stacks its slices along a new axis scanAxes[k] (counted in the output), backwards when scanReverse[k] is 1.
//    Its length is the number of iterations run, or its scan length if given: then slices behind it are dropped and
//    missing ones are 0. When no iteration ran, a trial run of the body on the initial values tells the dimensions.
// R3 A carried dimension that the body keeps is the initial one. One that it changes is known after the run; its symbol
//    stands for the current size inside the body, and for the last one outside.
// ILoop: kWHILE on a tensor t of the recurrences becomes input 1 = t computed on the initial values and body output 0 =
// t computed on the next values; a recurrence's last value is its carried output. ONNX Loop: cond_in inside is true;
// ONNX Scan: the trip count is the sequence length. Tested by tests/ops/loop.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class Loop : public OpBase<Loop> {
public:
    static constexpr OpInfo kInfo{"Loop", OpClass::Control, 2, -1, -1, "repeats a body"};

    int64_t carried = 0;
    bool conditional = false;
    std::vector<int64_t> iteratorAxes;     //!< one per iterator
    std::vector<int64_t> iteratorReverse;  //!< empty (all 0), or one per iterator
    std::vector<int64_t> scanAxes;         //!< one per scan; may be negative
    std::vector<int64_t> scanReverse;      //!< empty (all 0), or one per scan

    // Positions among the node's inputs.
    int firstCarried() const { return 2; }
    int firstIterator() const { return 2 + static_cast<int>(carried); }
    int firstScanLength() const { return firstIterator() + static_cast<int>(iteratorAxes.size()); }
    int firstCaptured() const { return firstScanLength() + static_cast<int>(scanAxes.size()); }
    int outputCount() const { return static_cast<int>(carried) + static_cast<int>(scanAxes.size()); }

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("carried", carried);
        v.field("conditional", conditional);
        v.field("iteratorAxes", iteratorAxes);
        v.field("iteratorReverse", iteratorReverse);
        v.field("scanAxes", scanAxes);
        v.field("scanReverse", scanReverse);
    }
};

}  // namespace opentrt::ops
