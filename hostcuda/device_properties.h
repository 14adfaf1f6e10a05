// SPDX-License-Identifier: Apache-2.0
// What the one device says about itself. Tested by device_test.cpp.
#pragma once

#include "entry.h"

namespace opentrt::hostcuda {

const cudaDeviceProp& deviceProperties();
// cudaErrorInvalidValue for an attribute that does not exist.
cudaError_t deviceAttribute(cudaDeviceAttr attribute, int& value);

constexpr char pciBusId[] = "0000:00:00.0";

}  // namespace opentrt::hostcuda
