// SPDX-License-Identifier: Apache-2.0
// Chooses a tactic for every node of a planned graph so that kernels plus reformats take the least time together.
// Candidates are timed (or found in the timing cache); the choice is min-sum message passing, which is exact on trees,
// polished by local search. Tested by tuner_test.cpp with costs from text.
#pragma once
#include <functional>
#include <set>

#include "base/log.h"
#include "base/phases.h"
#include "tune/choice.h"
#include "tune/effort.h"
#include "tune/timer.h"
#include "tune/timing_cache.h"

namespace opentrt {

struct TuneRequest {
    const Backend* backend = nullptr;
    const Backend* plugins = nullptr;  //!< asked first when set; has tactics for plugin layers only
    TacticRequest tactics;
    //! Sizes at which a step may have another kernel than at those of `tactics`.
    std::vector<SymbolValues> points;
    Timer* timer = nullptr;
    std::shared_ptr<MemorySource> memory;  //!< of trials of layers and networks; null: the device's own
    TimingCache* cache = nullptr;          //!< read and filled
    Log* log = nullptr;
    Phases* phases = nullptr;
    Effort effort;
    bool errorOnCacheMiss = false;
    //! Nodes whose time is wanted even where they have one tactic only.
    std::set<NodeId> timed;
    //! Kernels that the next network will want, compiled beside the candidates of this one.
    std::vector<CompileJob> ahead;
    //! Called before each node; false cancels the build.
    std::function<bool(int done, int total)> progress;
    //! Told how many of the kernels are compiled, from time to time; false cancels the build.
    std::function<bool(int done, int total)> compiled;
    //! Replaces the list for a node (algorithm selector); may be empty.
    std::function<void(const Graph&, NodeId, std::vector<Tactic>&, std::vector<double>& times)> select;
};
[[noreturn]] void throwCancelled();
Tuned tune(const Graph& graph, const TuneRequest& request);

}  // namespace opentrt
