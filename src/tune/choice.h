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
    //! Measured nearly as fast, in the same formats: the next ones first.
    std::vector<Tactic> rivals;
    //! Kernels for the same operands that are faster at some of TuneRequest::points.
    struct Variant {
        Tactic tactic;
        size_t point = 0;  //!< whose sizes it is compiled for
    };
    std::vector<Variant> variants;
    std::vector<int32_t> atPoint;  //!< by point: 0 is `tactic`, k is variants[k - 1]; empty: always `tactic`
    std::vector<Tuned> bodies;
};

//! What tactics are asked for at other sizes.
TacticRequest requestAt(const TacticRequest& request, const SymbolValues& sizes);

struct Tuned {
    std::map<NodeId, Choice> nodes;
    float totalMs = 0;
};

}  // namespace opentrt
