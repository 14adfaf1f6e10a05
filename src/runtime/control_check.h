// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "plan/plan.h"

namespace opentrt {

//! Whether an If or Loop step and its bodies fit together: numbers of operands, types, formats. Throws Error that names
//! the layer. Dimensions are compared while running.
void checkControl(const Plan& plan, const PlanProgram& program, const PlanStep& step);

//! Whether a branch of an If step takes and gives what the step does. Asked when the branch runs: one that a known
//! condition excludes may be anything.
void checkBranch(const Plan& plan, const PlanProgram& program, const PlanStep& step, size_t branch);

}  // namespace opentrt
