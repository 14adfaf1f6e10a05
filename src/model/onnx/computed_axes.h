// SPDX-License-Identifier: Apache-2.0
// Axes that only the running network knows: an integer list of known length among the inputs of a node. TensorRT wants
// constants there; here each dimension gets a mark, 1 where the list names it and 0 elsewhere, and sizes follow by
// arithmetic on the marks. The length fixes the rank of the result, so the network still has ranks everywhere.
// Tested by the node tests of ONNX (tests/onnx_nodes), which give axes as inputs.
#pragma once
#include "model/onnx/sizes.h"

namespace opentrt::model {

//! Row j, column i: 1 when entry j of the list names axis i of a tensor of rank `rank`, else 0.
using AxisHits = std::vector<Sizes>;
AxisHits axisHits(Context& c, int input, int rank);

//! One per axis: the sum of values[j] over the entries j that name it; `values` empty: how many name it.
Sizes spreadOver(Context& c, const AxisHits& hits, int rank, const Sizes& values = {});

//! dims without the `count` marked ones.
Sizes withoutMarked(Context& c, const Sizes& dims, const Sizes& marks, int count);
//! dims with ones put at the marked places of the result, as a list.
ITensor& withOnesAt(Context& c, const Sizes& dims, const Sizes& marks);
//! dims with ones in place of the marked ones.
Sizes onesAtMarked(Context& c, const Sizes& dims, const Sizes& marks);

//! A reduction over the marked axes, which stay as ones.
ITensor& reducedOverMarked(Context& c, ITensor& x, nvinfer1::ReduceOperation operation, const Sizes& marks);
//! Slice whose axes or steps are computed. `axes` and `steps` are inputs of the node, or -1.
ITensor& slicedAsComputed(Context& c, const Sizes& starts, const Sizes& ends, int axes, int steps);

}  // namespace opentrt::model
