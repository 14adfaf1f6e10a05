// SPDX-License-Identifier: Apache-2.0
// Calibrated INT8: a network whose tensors have dynamic ranges becomes one with quantize and dequantize operators, as
// if the application had put them there, where the backend multiplies i8. Around products with constant weights, one
// scale for activations (range / 127) and one for each output channel of the weights; everything else stays in floating
// point, and so do products that no kernel takes narrow. Tested by int8_test.cpp and tests/api/calibration_test.cpp.
#pragma once
#include <map>
#include <string>

#include "graph/graph.h"

namespace opentrt::builder {

//! Greatest magnitudes by the names of tensors, which are names of values. Returns how many products were changed.
int quantizeByRanges(Graph& graph, const std::map<std::string, float>& ranges);

}  // namespace opentrt::builder
