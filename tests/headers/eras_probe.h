// SPDX-License-Identifier: Apache-2.0
// What eras_probe.cpp, compiled once for each era, tells about its own view of the headers.
#pragma once
#include <cstdint>

struct EraReport {
    int64_t version;
    int64_t dimsSize;
    int64_t extentOfHugeDims;   // 2^40 as a client of the era sees it.
    int64_t wideExtent;         // 7, handed to the library.
    int64_t lastExtentOfDims3;  // After default construction.
    int32_t pluginVersion;      // Of an IPluginV2IOExt.
    int32_t allocatorMajor;     // Of an IOutputAllocator.
    int32_t allocatorMinor;
};

using ProbeFunction = void (*)(EraReport*);
