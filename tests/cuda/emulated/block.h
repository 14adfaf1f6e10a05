// SPDX-License-Identifier: Apache-2.0
// Runs the blocks of a launch one after the other; the threads of a block are fibers that give way to each other where
// they meet.
#pragma once
#include <functional>

#include "backends/cuda/driver.h"

namespace opentrt::emulated {

//! What shim.cu calls EmulatedDevice, in its layout.
struct Device {
    struct {
        unsigned x, y, z;
    } thread, block, threads, blocks;
    char* shared;
    char (*lanes)[64];
    void (*meetBlock)();
    void (*meetWarp)();
};
Device& device();

struct Shape {
    unsigned blocks[3], threads[3], sharedBytes;
};
//! False when threads wait for each other for ever.
bool runBlocks(const Shape& shape, bool meets, const std::function<void()>& body);

}  // namespace opentrt::emulated
