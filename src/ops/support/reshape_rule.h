// SPDX-License-Identifier: Apache-2.0
// How Reshape and Shuffle read the list of new dimensions, where -1 and 0 are special.
#pragma once
#include "graph/op.h"
#include "ops/reshape.h"

namespace opentrt::ops {

//! Which entries are special beside -1: 0 copies the dimension at its place, Reshape::copy(i) dimension i.
struct ReshapeSpecials {
    bool zero, copies;
};

//! New shape of a tensor of shape `from`.
Shape reshapedShape(const InferContext& context, const Shape& from, const std::vector<Dim>& entries,
                    ReshapeSpecials specials);
//! New shape when the list is input `input`; sizes are data-dependent when its contents are unknown. `after` is a
//! permutation that still follows (output axis i is axis after[i] here); empty for none.
Shape reshapedByInput(InferContext& context, const Shape& from, int input, ReshapeSpecials specials,
                      const std::vector<int64_t>& after = {});
//! The same at evaluation.
std::vector<int64_t> reshapedDims(const EvalContext& context, const std::vector<int64_t>& from,
                                  const std::vector<int64_t>& entries, ReshapeSpecials specials);

}  // namespace opentrt::ops
