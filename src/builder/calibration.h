// SPDX-License-Identifier: Apache-2.0
// INT8 calibration: the application's calibrator gives batches, the network runs them in floating point, and the values
// of its tensors become their dynamic ranges; or the ranges come from the calibrator's cache.
// Tested by tests/api/calibration_test.cpp.
#pragma once
#include "builder/api_build.h"

namespace opentrt::builder {

//! Whether the configuration has kINT8 and a calibrator, and the network no quantize layers.
bool wantsCalibration(const BuildRequest& request);

//! Makes products narrow by the ranges that tensors of the network have, where kINT8 is set and the backend gains by
//! it.
void useRanges(const BuildRequest& request, Graph& graph, const Backend& backend, bool stronglyTyped);

//! Sets the ranges of those tensors of the network that the application gave none. `graph` is the network's; the
//! batches have the sizes at the opt of `profiles`, which is empty for a static network. Throws Error.
void calibrate(const BuildRequest& request, Graph graph, std::vector<PlanProfile> profiles, bool stronglyTyped);

}  // namespace opentrt::builder
