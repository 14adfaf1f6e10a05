// SPDX-License-Identifier: Apache-2.0
// A driver table whose device is this process: memory is the heap, kernels do nothing but leave a line. It refuses what
// a driver refuses: addresses that were not allocated, launches of no block.
#pragma once
#include <string>
#include <vector>

#include "backends/cuda/driver.h"

namespace opentrt::cuda {

//! The table; one device, an H200.
const Driver& fakeDriver();

struct FakeState {
    std::vector<std::string> launches;  //!< "contraction 1x1x1 of 128"
    size_t allocations = 0;             //!< that are not released
    size_t modules = 0;
    size_t pinned = 0;  //!< blocks of host memory
    size_t graphs = 0;  //!< and what they were made into, that are not destroyed
    size_t streams = 0;
    size_t events = 0;
    int device = 0;           //!< of the current context
    int failAllocation = -1;  //!< the n-th from now gives no memory
};
FakeState& fakeState();

}  // namespace opentrt::cuda
