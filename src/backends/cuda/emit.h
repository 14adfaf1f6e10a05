// SPDX-License-Identifier: Apache-2.0
// Scalar programs as kernel text. What it needs of instructions stands in code/scalar.cu.
#pragma once
#include <optional>
#include <string>

#include "graph/scalar.h"

namespace opentrt::cuda {

//! "f16": the type of an element in kernel text; bool is u8. Empty for types that kernels do not read.
std::string elementType(DType type);
//! "float" or "i64": what the type is computed in.
std::string numberType(DType type);

//! Why the program cannot be put as text; empty when it can.
std::string whyNotEmitted(const ScalarProgram& program);
//! A program whose result is round(x / scale) as an i8, up to there: its outputs are x and the scale. `positive`: of x
//! only what is above 0 counts.
struct QuotientToRound {
    ScalarProgram operands;
    bool positive = false;
};
std::optional<QuotientToRound> quotientToRound(const ScalarProgram& program);
//! Behind a product, numbers are sums that nobody knows to the last bit: inputs of i8 that are only read as reals are
//! floats there.
enum class Rounding { Exact, Near };
//! "DEV void name(float x0, i64 x1, float& y0) {...}": one argument for each input, then for each output.
std::string emitProgram(const ScalarProgram& program, const std::string& name, Rounding rounding = Rounding::Exact);
//! Whether an input of i8 is only read as a real number; behind a product its argument is a float.
bool isReadAsReal(const ScalarProgram& program, size_t input);
//! What emitted programs need in front of them.
std::string_view scalarCode();

}  // namespace opentrt::cuda
