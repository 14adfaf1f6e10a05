// SPDX-License-Identifier: Apache-2.0
// The backend of one CUDA device.
#pragma once
#include <memory>

#include "backends/cuda/family.h"

namespace opentrt::cuda {

//! For the machine's device. `machine` and `host` must outlive it.
std::unique_ptr<Backend> makeBackend(const Machine& machine, const Backend& host);
//! For a device that is not here: it compiles, and refuses to load.
std::unique_ptr<Backend> makeBackend(const Target& target, const Backend& host);

}  // namespace opentrt::cuda
