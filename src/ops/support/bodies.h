// SPDX-License-Identifier: Apache-2.0
// What If, Loop and Region share: handing inputs to bodies and facts back out of them.
#pragma once
#include <optional>
#include <vector>

#include "graph/op.h"

namespace opentrt::ops {

//! Facts of inputs first, first+1, ...; none of them may be left out.
std::vector<Fact> inputFacts(const InferContext& context, int first);
std::vector<Tensor> inputTensors(const EvalContext& context, int first);
//! Refuses a node whose number of outputs is not that of its body.
void requireOutputCount(const InferContext& context, size_t count);
//! Contents of a body's output, if known and meaningful outside of the body.
std::optional<std::vector<Dim>> outerElements(const InferContext& context, int body, const Fact& fact);
//! The fact of a value of which only type and shape are the same in every iteration.
Fact withoutContents(const Fact& fact);

}  // namespace opentrt::ops
