// SPDX-License-Identifier: Apache-2.0
// How Resize and GridSample read between elements.
#pragma once

namespace opentrt::ops {

//! Same numbers as nvinfer1::InterpolationMode.
enum class InterpolationMode { Nearest, Linear, Cubic };
inline constexpr const char* kInterpolationModeNames[] = {"nearest", "linear", "cubic"};

}  // namespace opentrt::ops
