// SPDX-License-Identifier: Apache-2.0
// What an engine computes in each of its layers, by values of the planned graph.
#pragma once
#include <map>

#include "debug/record.h"

namespace opentrt::debug {

//! Runs the recorded plan once. `inputs` are in the order of the graph's. Values inside of If and Loop are left out.
//! Throws Error.
std::map<ValueId, Tensor> captureRun(const Record& record, const std::vector<Tensor>& inputs);

//! The step of the main program that runs each node; views, which have none, are left out. `plan` is the record's, or a
//! copy of it.
std::map<NodeId, const PlanStep*> stepsOf(const Record& record, const Plan& plan);

}  // namespace opentrt::debug
