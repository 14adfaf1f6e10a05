// SPDX-License-Identifier: Apache-2.0
// Elements of any whole-byte type as Scalars (see graph/scalar.h) and back, for the typed interpreter.
#pragma once
#include <cstdint>

#include "base/types.h"
#include "graph/scalar.h"

namespace opentrt::cpu::kernels {

void loadScalars(DType type, const void* from, int64_t count, Scalar* to);
//! Values must already be representable in `type`, apart from the rounding that a store of a float type does.
void storeScalars(DType type, const Scalar* from, int64_t count, void* to);

}  // namespace opentrt::cpu::kernels
