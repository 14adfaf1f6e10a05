// SPDX-License-Identifier: Apache-2.0
// The activations that ONNX Runtime's optimizer puts into other operators, by name. Tested by
// tests/onnx_nodes/own_cases.py.
#pragma once
#include "model/onnx/context.h"

namespace opentrt::model {

//! x itself when the name is empty. `parameters` in the order of the activation's own attributes; missing ones have its
//! defaults.
ITensor& withActivation(Context& c, ITensor& x, const std::string& name, const std::vector<float>& parameters);

}  // namespace opentrt::model
