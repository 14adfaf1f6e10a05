// SPDX-License-Identifier: Apache-2.0
// Elements of any type as Scalars (see graph/scalar.h) and back, for the typed interpreter and casts. I4 and F4 lie two
// to a byte, low half first, and begin at a whole byte.
#pragma once
#include <cstdint>

#include "base/types.h"
#include "graph/scalar.h"

namespace opentrt::cpu::kernels {

void loadScalars(DType type, const void* from, int64_t count, Scalar* to);
//! Values must already be representable in `type`, apart from the rounding that a store of a float type does.
void storeScalars(DType type, const Scalar* from, int64_t count, void* to);

}  // namespace opentrt::cpu::kernels
