// SPDX-License-Identifier: Apache-2.0
// What tuning decides for a planned graph: a tactic for every node, bodies included.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "backends/backend.h"

namespace opentrt {

struct Tuned;

struct Choice {
    const Backend* backend = nullptr;  //!< null for control nodes, which the executor runs
    Tactic tactic;
    float timeMs = 0;  //!< measured or from the cache; 0 when nothing was timed
    std::vector<Refusal> refusals;
    std::vector<Tuned> bodies;
};

struct Tuned {
    std::map<NodeId, Choice> nodes;
    float totalMs = 0;
};

}  // namespace opentrt
