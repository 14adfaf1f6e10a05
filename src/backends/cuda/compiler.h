// SPDX-License-Identifier: Apache-2.0
// Kernel text to machine code, through NVRTC, which is looked for when the first kernel is compiled: only builds need
// it, loading a plan does not. Texts stand in code/ and are part of this library.
#pragma once
#include <string>
#include <string_view>

#include "backends/cuda/target.h"
#include "graph/tensor.h"

namespace opentrt::cuda {

//! A file of code/ by its name without ending: "prelude".
std::string_view codeText(std::string_view name);

//! Machine code of a source, as bytes; compiled once per process. The prelude stands in front of the source. Throws
//! Error(Unsupported) when NVRTC is missing, Error(Internal) with its messages when the source is wrong.
Tensor compileCode(const Target& target, const std::string& source);

//! Version of NVRTC, or why there is none.
std::string compilerText();

}  // namespace opentrt::cuda
