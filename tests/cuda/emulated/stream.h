// SPDX-License-Identifier: Apache-2.0
// Streams of the emulated device, for libraries that put work into them.
#pragma once
#include <functional>

#include "backends/cuda/driver.h"

namespace opentrt::emulated {

//! At once, or into the graph that the stream captures.
cuda::Status put(cuda::StreamHandle stream, std::function<cuda::Status()> work);

}  // namespace opentrt::emulated
