// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "plan/plan.h"

namespace opentrt {

//! Leaves out all weights that a refitter brings back: kernels' packed ones, and constants that can be set. Where some
//! have names, those without stay, since whoever refits by name (from an ONNX file) could not give them. Throws Error
//! when the plan is not refittable. Tested by tests/api/refit_test.cpp.
void strip(Plan& plan);

}  // namespace opentrt
