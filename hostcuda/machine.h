// SPDX-License-Identifier: Apache-2.0
// Facts about the machine that the device properties report. Tested by device_test.cpp.
#pragma once

#include <cstddef>
#include <string>

namespace opentrt::hostcuda {

struct Machine {
    std::string name;    // the processor's own name
    int processors;      // those this process may run on
    int clockKilohertz;  // highest clock, 0 if unknown
    size_t lastLevelCache;
    size_t privateCache;  // of one core: the last level that is not shared
};

const Machine& machine();

// Memory of the machine, or of the control group that confines the process.
size_t totalMemory();
// What the kernel expects to be able to hand out now without swapping.
size_t availableMemory();
// What this runtime has allocated and not freed.
size_t allocatedMemory();

}  // namespace opentrt::hostcuda
