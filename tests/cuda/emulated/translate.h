// SPDX-License-Identifier: Apache-2.0
// Kernel texts as C++ for this processor.
#pragma once
#include <string>
#include <vector>

namespace opentrt::emulated {

//! The text behind shim.cu, with bodies of C++ for the functions that are inline assembler, and for each kernel `name`
//! the functions `run_name` and `size_name`, which take and measure its parameter.
std::string translated(const std::string& text);

//! Kernels that the text has.
std::vector<std::string> kernelsOf(const std::string& text);
//! Whether threads of a block wait for each other.
bool meets(const std::string& text);

//! The shared library that a C++ compiler makes of it; kept on disk by content. Empty when it refuses; `log` says why.
std::string libraryOf(const std::string& text, std::string& log);

}  // namespace opentrt::emulated
