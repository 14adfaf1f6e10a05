// SPDX-License-Identifier: Apache-2.0
// The contents of constants in the text form.
#pragma once
#include <string>

#include "graph/tensor.h"
#include "graph/text.h"

namespace opentrt {

class Scanner;

//! "[1,2,3]", "fill(0.5)", hex"...", or what PrintOptions ask for instead.
std::string tensorText(const Tensor& tensor, const PrintOptions& options);
//! Reads these and "random(seed)". `budget` is the number of bytes that short texts may still ask for.
Tensor parseTensor(Scanner& in, DType type, const std::vector<int64_t>& dims, int64_t& budget);

}  // namespace opentrt
