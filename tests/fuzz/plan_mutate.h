// SPDX-License-Identifier: Apache-2.0
// Changes of a plan that leave its file well formed, with right checksums.
#pragma once
#include "plan/plan.h"
#include "random.h"

namespace opentrt::fuzz {

void mutatePlan(Plan& plan, Random& random);

}  // namespace opentrt::fuzz
