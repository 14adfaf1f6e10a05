// SPDX-License-Identifier: Apache-2.0
// What other libraries this process has loaded.
#pragma once

namespace opentrt {

//! Handle of the CUDA runtime that is loaded, or null. It may be there without global visibility, as Python extensions
//! load it.
void* loadedCudaRuntime();
//! Whether that one is OpenTRT's own, which runs on the CPU.
bool hasHostCudaRuntime();

}  // namespace opentrt
