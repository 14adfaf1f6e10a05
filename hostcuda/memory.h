// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry.h"

namespace opentrt::hostcuda {

// What is known about an address, as runtimes 11 and 12 lay it out; 13 has reserved words behind it.
struct PointerDescription {
    cudaMemoryType type;
    int device;
    void* devicePointer;
    void* hostPointer;
};

PointerDescription describePointer(const void* ptr);

}  // namespace opentrt::hostcuda
