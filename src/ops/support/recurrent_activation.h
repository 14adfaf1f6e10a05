// SPDX-License-Identifier: Apache-2.0
// The activation functions of recurrent cells by their ONNX names, with the parameters and defaults of ONNX.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ops/recurrent.h"

namespace opentrt::ops {

struct CellActivation {
    const char* name;  //!< lower case
    double (*function)(double x, double alpha, double beta);
    double alpha, beta;
    double operator()(double x) const { return function(x, alpha, beta); }
};

//! The functions of all directions in order, three (lstm), two (gru) or one (rnn) for each; nothing when a name is
//! unknown or the count is wrong, which `problem` then explains.
std::optional<std::vector<CellActivation>> cellActivations(const Recurrent& op, std::string& problem);

}  // namespace opentrt::ops
