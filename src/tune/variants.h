// SPDX-License-Identifier: Apache-2.0
// Kernels for other sizes than those that a step is tuned for. Formats stay as they are chosen, so that a step can
// change its kernel alone; a variant is kept where it gains a share of the whole that one would notice. Tested by
// variants_test.cpp with costs from text.
#pragma once
#include "tune/tuner.h"

namespace opentrt {

void addVariants(const Graph& graph, const TuneRequest& request, Tuned& tuned);

}  // namespace opentrt
