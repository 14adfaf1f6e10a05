// SPDX-License-Identifier: Apache-2.0
// Checks of copies and fills, for streams and for graph nodes alike.
#pragma once

#include "work.h"

namespace opentrt::hostcuda {

// For boxes that are not empty.
cudaError_t checkCopy(const Copy& copy);
cudaError_t checkFill(const Fill& fill);
// Translates the parameters of the API; arrays are refused.
cudaError_t readCopy(const cudaMemcpy3DParms& params, Copy& copy);

}  // namespace opentrt::hostcuda
