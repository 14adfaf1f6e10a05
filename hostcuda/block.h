// SPDX-License-Identifier: Apache-2.0
// The registry of memory: every allocation the API handed out and every host range registered with it. It tells double
// frees, foreign pointers and overruns, which plain malloc would let pass. Tested by memory_test.cpp and pool_test.cpp.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "entry.h"

namespace opentrt::hostcuda {

struct Pool;

enum class BlockKind { device, managed, pinned, registered };

// Where graph memory is between launches: reserved, so that its address stays valid, but not allocated.
enum class GraphUse { none, reserved, allocated };

// A stretch of memory. Its destruction returns the memory, except for registered ranges, which the caller owns.
struct Block {
    Block(char* base, size_t size, BlockKind kind, unsigned flags, std::shared_ptr<Pool> pool = nullptr);
    ~Block();
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

    char* const base;
    const size_t size;
    const BlockKind kind;
    const unsigned flags;
    const std::shared_ptr<Pool> pool;  // for stream-ordered allocations
    std::atomic<GraphUse> graphUse{GraphUse::none};
    // Hints set by cudaMemAdvise and cudaMemPrefetchAsync on managed memory.
    std::atomic<bool> readMostly{false};
    std::atomic<int> preferredLocation{cudaInvalidDeviceId};
    std::atomic<int> lastPrefetch{cudaInvalidDeviceId};
};

// Makes a block and enters it into the registry. Throws std::bad_alloc when the machine cannot back it.
std::shared_ptr<Block> allocateBlock(size_t size, BlockKind kind, unsigned flags = 0,
                                     std::shared_ptr<Pool> pool = nullptr);
// Enters the caller's range; cudaErrorHostMemoryAlreadyRegistered or cudaErrorInvalidValue if it overlaps a block.
cudaError_t registerRange(void* base, size_t size, unsigned flags);
// The block that contains the address, or null.
std::shared_ptr<Block> findBlock(const void* address);
// Takes the block out of the registry if it begins at the address and `accept` holds for it; null otherwise.
std::shared_ptr<Block> takeBlock(const void* base, bool (*accept)(const Block&));
// Whether size bytes from the address stay inside the block that contains it. Memory outside all blocks is the
// program's own and passes.
bool staysInside(const void* address, size_t size);

}  // namespace opentrt::hostcuda
