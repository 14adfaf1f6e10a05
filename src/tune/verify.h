// SPDX-License-Identifier: Apache-2.0
// Compares every chosen kernel with the reference, on random operands at the opt sizes, before a plan is made of them:
// what OPENTRT_VERIFY=1 asks a build for. Layers whose sizes only the data tell are left out. Tested by
// compile_test.cpp.
#pragma once
#include "tune/tuner.h"

namespace opentrt {

//! Throws Error that names the first layer and its tactic that departs.
void verifyChoices(const Graph& graph, const Tuned& tuned, const TuneRequest& request);

}  // namespace opentrt
