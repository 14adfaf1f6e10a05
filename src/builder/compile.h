// SPDX-License-Identifier: Apache-2.0
// Graph in, plan out: the whole build without the public API around it. The API shell, the tools and the tests use it.
#pragma once
#include "passes/pipeline.h"
#include "plan/plan.h"
#include "tune/tuner.h"

namespace opentrt {

struct CompileRequest {
    //! Ranges of the dynamic inputs, in the order of the graph's inputs; empty for a static network.
    std::vector<PlanProfile> profiles;
    std::vector<PlanTensor> tensors;  //!< inputs, then outputs; made from the graph when empty
    std::vector<Format> formats;      //!< of these in the application's memory; all linear when empty
    const Backend* backend = nullptr;
    const Backend* plugins = nullptr;  //!< runs plugin layers; null: there are none
    Log* log = nullptr;
    TimingCache* cache = nullptr;
    Timer* timer = nullptr;                //!< null: this machine's clock
    std::shared_ptr<MemorySource> memory;  //!< on the device, for trials; null: the device's own
    int timingIterations = 1;              //!< at least; the level may ask for more
    int optimizationLevel = 3;             //!< 0 to 5, see tune/effort.h
    bool errorOnCacheMiss = false;
    bool probeUnfused = false;  //!< every tensor that fusion leaves is shown to debug listeners
    int64_t workspaceBytes = INT64_MAX;
    uint32_t tacticSources = UINT32_MAX;
    bool tf32 = false;
    int32_t maxAuxStreams = -1;  //!< -1: as many as seem worth it
    bool verify = false;         //!< every chosen kernel is compared with the reference before the plan is made
    PipelineRequest pipeline;    //!< backend and log are filled in
    std::function<bool(int done, int total)> progress;
    std::function<bool(int done, int total)> compiled;  //!< kernels, where compiling takes time
    std::function<void(const Graph&, NodeId, std::vector<Tactic>&, std::vector<double>&)> select;
    //! Sees the planned graph and the choices; used by blame, explain and the goldens.
    std::function<void(const Graph&, const Tuned&)> inspect;
};
//! Throws Error; the message names the layer.
Plan compile(Graph graph, CompileRequest request);

//! PlanTensors of a graph, in order.
std::vector<PlanTensor> ioTensors(const Graph& graph);

}  // namespace opentrt
