// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "plan/plan.h"

namespace opentrt {

//! Whether the parts of a plan fit together: every index points into its table, profiles and programs fit the inputs
//! and outputs, nothing goes in circles. Throws Error that says what is wrong.
void checkPlan(const Plan& plan);

}  // namespace opentrt
