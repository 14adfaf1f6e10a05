// SPDX-License-Identifier: Apache-2.0
// Scalar programs as kernel text. What it needs of instructions stands in code/scalar.cu.
#pragma once
#include <string>

#include "graph/scalar.h"

namespace opentrt::cuda {

//! "f16": the type of an element in kernel text; bool is u8. Empty for types that kernels do not read.
std::string elementType(DType type);
//! "float" or "i64": what the type is computed in.
std::string numberType(DType type);

//! Why the program cannot be put as text; empty when it can.
std::string whyNotEmitted(const ScalarProgram& program);
//! "DEV void name(float x0, i64 x1, float& y0) {...}": one argument for each input, then for each output.
std::string emitProgram(const ScalarProgram& program, const std::string& name);
//! What emitted programs need in front of them.
std::string_view scalarCode();

}  // namespace opentrt::cuda
