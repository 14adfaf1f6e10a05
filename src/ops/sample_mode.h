// SPDX-License-Identifier: Apache-2.0
// What Slice and GridSample do with coordinates outside the data.
#pragma once

namespace opentrt::ops {

//! Same numbers as nvinfer1::SampleMode.
enum class SampleMode { StrictBounds, Wrap, Clamp, Fill, Reflect };
inline constexpr const char* kSampleModeNames[] = {"strict", "wrap", "clamp", "fill", "reflect"};

}  // namespace opentrt::ops
