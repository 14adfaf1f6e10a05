// SPDX-License-Identifier: Apache-2.0
// What the builder optimization levels mean: how much of the search for the fastest tactics is done. Higher levels time
// more candidates, more often, and give up on a slow one later; entries of a timing cache count at every level but 0.
#pragma once
#include <algorithm>
#include <cstddef>
#include <limits>

namespace opentrt {

struct Effort {
    bool timing = true;                                      //!< false: the backend's first guess for every node
    size_t candidates = std::numeric_limits<size_t>::max();  //!< timed for a node, in the backend's order of preference
    int iterations = 3;                                      //!< runs of a candidate, of which the median counts
    bool thorough = false;  //!< all engines that a library recommends count, not only the first
    double patience = 2;    //!< a candidate this many times slower than the best in its first run is not run again
    //! A candidate whose estimated time is this many times the least one's is not tried; 0: all are.
    double trust = 0;
    bool points = false;          //!< steps of dynamic shapes are also timed at other sizes than those of the opt
    double rehearsalSeconds = 0;  //!< in which tactics that are nearly as fast are compared in the whole network
};

inline Effort effortAt(int level) {
    constexpr size_t kAll = std::numeric_limits<size_t>::max();
    constexpr Effort kLevels[] = {
        {false, 1, 0, false, 0, 0, false, 0},    {true, 3, 1, false, 1.2, 0, false, 0},
        {true, 6, 2, false, 1.5, 0, false, 0},   {true, kAll, 3, false, 2, 1.5, true, 1},
        {true, kAll, 7, true, 4, 2.5, true, 10}, {true, kAll, 15, true, 10, 0, true, 30},
    };
    return kLevels[std::clamp(level, 0, 5)];
}

}  // namespace opentrt
