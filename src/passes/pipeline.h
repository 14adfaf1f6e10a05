// SPDX-License-Identifier: Apache-2.0
// The list of passes that turns an imported graph into a planned one, and the one runner that executes it: dead-code
// cleanup, verification, timing, dumping, disabling by name and stopping early belong to the runner, not to the passes.
#pragma once
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "base/log.h"
#include "graph/graph.h"
#include "passes/rule.h"

namespace opentrt {

//! Asked of a region that would stand for these nodes.
using WantsRegion = std::function<bool(const Graph& graph, NodeId region, const std::vector<NodeId>& members)>;

struct PassContext {
    const Backend& backend;         //!< asked whether it can run a fused region
    Log& log;                       //!< rewrites are logged as TensorRT logs fusions
    bool stronglyTyped = false;     //!< element types stay as the network has them
    bool inBody = false;            //!< of If or Loop, which a run may never enter
    std::optional<DType> narrow{};  //!< f16 or bf16: what f32 may be computed in
    //! Rewrites that may still happen; bisecting a wrong result lowers it. A rewrite asks by `spend()`.
    int64_t budget = INT64_MAX;
    WantsRegion wants{};  //!< empty: all that the backend runs
    bool spend() { return budget > 0 && budget-- > 0; }
};

struct Pass {
    const char* name;
    const char* purpose;  //!< one line
    Stage before, after;
    //! A table of rules; null for a pass that is a function.
    std::span<const passes::Rule> (*rules)();
    //! True when it changed something.
    bool (*run)(Graph& graph, PassContext& context) = nullptr;
    //! For passes on control flow: a change in a body gives the graph around it something to do. It runs until nothing
    //! changes, and facts are inferred again from the top.
    bool untilStable = false;
};
//! In the order of execution (pipeline.cpp).
std::span<const Pass> pipeline();

struct PipelineRequest {
    const Backend* backend = nullptr;
    Log* log = nullptr;
    std::set<std::string> disabled;  //!< names of passes that are left out; unknown names are an error
    int64_t maxRewrites = INT64_MAX;
    bool stronglyTyped = false;
    std::optional<DType> narrow;
    WantsRegion wants;    //!< asked of what the backend runs; empty: all of it
    bool verify = false;  //!< after every pass
    //! Called with the graph before the first pass (name "imported") and after each pass.
    std::function<void(const std::string& pass, const Graph& graph)> dump;
};
void runPipeline(Graph& graph, const PipelineRequest& request);
//! One pass alone, on a graph of the stage before it, whatever is disabled; true when it changed something.
bool runPass(const std::string& name, Graph& graph, const PipelineRequest& request);

}  // namespace opentrt
