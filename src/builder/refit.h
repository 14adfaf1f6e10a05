// SPDX-License-Identifier: Apache-2.0
// A refittable plan holds its network as text beside its constants, and the times that its tactics were chosen by. A
// refit puts new constants into the text and builds again: nothing is timed, so it takes little longer than packing the
// weights, and whatever passes made of the old weights (folded, fused, scaled), they make of the new ones. Tested by
// tests/api/refit_test.cpp.
#pragma once
#include <memory>
#include <vector>

#include "builder/compile.h"

namespace opentrt::network {
class Network;
}

namespace opentrt::builder {

struct RefitRecord {
    std::shared_ptr<PlanRefit> refit;
    std::vector<Tensor> constants;  //!< by their numbers in the text
};

//! `onlyMarked`: weights that INetworkDefinition::markWeightsRefittable names. Throws Error for what has no text.
RefitRecord recordForRefit(const Graph& graph, const network::Network& network, bool onlyMarked);
//! Puts the record into the plan that was made of it.
void keepForRefit(Plan& plan, RefitRecord record);
//! The plan with other constants. Throws Error when inputs or outputs would be others.
Plan recompile(const Plan& plan, const std::vector<Tensor>& constants, Log& log);

}  // namespace opentrt::builder
