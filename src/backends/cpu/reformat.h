// SPDX-License-Identifier: Apache-2.0
// The step that moves a tensor between memory formats, or copies it.
#pragma once
#include "backends/backend.h"

namespace opentrt::cpu {

inline constexpr std::string_view kReformatKernel = "cpu.reformat";
CompiledStep compileReformat(DType type, Format from, Format to);
std::shared_ptr<const Kernel> loadReformat(const std::string& params);

}  // namespace opentrt::cpu
