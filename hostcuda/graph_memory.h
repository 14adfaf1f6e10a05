// SPDX-License-Identifier: Apache-2.0
// Memory that graphs allocate. Its address is fixed when the allocation node is made and stays reserved as long as a
// graph or an instantiated graph can allocate it; launching only changes whether it counts as allocated. Tested by
// graph_update_test.cpp.
#pragma once

#include <memory>

#include "block.h"

namespace opentrt::hostcuda {

struct GraphMemory {
    explicit GraphMemory(std::shared_ptr<Block> block);
    ~GraphMemory();
    GraphMemory(const GraphMemory&) = delete;
    GraphMemory& operator=(const GraphMemory&) = delete;

    // Changes between reserved and allocated; false if it is not in the expected state.
    bool change(GraphUse from, GraphUse to);

    const std::shared_ptr<Block> block;
};

// Throws std::bad_alloc.
std::shared_ptr<GraphMemory> makeGraphMemory(size_t size);
// The memory of this address that an allocation node of a living graph made, or null.
std::shared_ptr<GraphMemory> findGraphMemory(const void* address);

}  // namespace opentrt::hostcuda
