// SPDX-License-Identifier: Apache-2.0
// Gives every tensor of a program its place in the arena, one for each profile, as lanes and waits are now. Tensors
// that a profile does not bound become dynamic. Tested by every model test; the placement itself is in memory.h.
#pragma once
#include "plan/plan.h"

namespace opentrt {

Shape shapeOf(const PlanProgram& program, int32_t value);
//! Whether the symbols of these ranges determine the size.
bool isBounded(const Shape& shape, const SymbolRanges& ranges);
//! `ranges`: by profile.
void layOutArena(PlanProgram& program, const std::vector<SymbolRanges>& ranges);

}  // namespace opentrt
