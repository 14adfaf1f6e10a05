// SPDX-License-Identifier: Apache-2.0
// A plan of each case of tests/ops, so that every operator and every family of kernels is there.
#pragma once
#include <string>
#include <vector>

namespace opentrt::fuzz {

//! Of each case another one of its tactics.
std::vector<std::string> operatorPlans();

}  // namespace opentrt::fuzz
