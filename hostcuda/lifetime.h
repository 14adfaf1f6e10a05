// SPDX-License-Identifier: Apache-2.0
// The end of everything: what cudaDeviceReset does. Each file destroys the objects that it keeps.
#pragma once

namespace opentrt::hostcuda {

void destroyAllStreams();
void destroyAllEvents();
void destroyAllGraphs();
void destroyAllExecs();
void destroyAllPools();
void releaseAllBlocks();

// Graphs hold events and memory, so they go first.
inline void releaseEverything() {
    destroyAllStreams();
    destroyAllExecs();
    destroyAllGraphs();
    destroyAllEvents();
    destroyAllPools();
    releaseAllBlocks();
}

}  // namespace opentrt::hostcuda
