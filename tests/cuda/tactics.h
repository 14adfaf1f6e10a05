// SPDX-License-Identifier: Apache-2.0
// Which tactics families offer for a node of a device that is not here, and whether their kernels compile.
#pragma once
#include <gtest/gtest.h>
#include <set>

#include "backends/cuda/cuda_backend.h"
#include "base/error.h"
#include "builder/compile.h"
#include "graph/text.h"
#include "passes/pipeline.h"
#include "targets.h"

namespace opentrt::cuda {

using Names = std::set<std::string>;

//! Names of the tactics of one node; those in `compiled` compile, all of them if it is empty.
inline Names tacticsOf(const std::string& text, const Names& compiled = {}, bool tf32 = false) {
    const auto backend = makeBackend(target(90), cpuBackend());
    Graph graph = parseGraph(text);
    PipelineRequest passes;
    passes.backend = backend.get();
    runPipeline(graph, passes);
    const NodeId node = graph[graph.outputs()[0]].producer;
    Names names;
    TacticRequest request;
    request.tf32 = tf32;
    for (const Tactic& tactic : backend->tactics(graph, node, request).tactics) {
        names.insert(tactic.name);
        if (!compiled.empty() && !compiled.count(tactic.name)) continue;
        try {
            backend->compile(graph, node, tactic, request);
        } catch (const Error& error) {
            ADD_FAILURE() << tactic.name << ": " << error.what();
        }
    }
    return names;
}

//! The node has these tactics, and they compile. Whole lists take too long for every test run.
inline void expectTactics(const std::string& text, const Names& expected, bool tf32 = false) {
    const Names names = tacticsOf(text, expected, tf32);
    for (const std::string& name : expected) EXPECT_TRUE(names.count(name)) << name << " is not offered";
}

}  // namespace opentrt::cuda
