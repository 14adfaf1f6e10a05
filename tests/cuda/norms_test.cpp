// SPDX-License-Identifier: Apache-2.0
// Which normalisations the CUDA backend lets join the products around them.
#include <algorithm>
#include <gtest/gtest.h>

#include "backends/cuda/cuda_backend.h"
#include "graph/text.h"
#include "passes/pipeline.h"
#include "targets.h"

namespace opentrt::cuda {
namespace {

TEST(Norms, JoinProductsThatDoNotLoopOverTiles) {
    const auto normalisations = [](int sm, int rows) {
        const auto backend = makeBackend(target(sm), cpuBackend());
        Graph graph = parseGraph(cat("graph net {\n  input %x: f16[", rows, R"(,768]
  const %v: f16[768,768] = random(1)
  const %w: f16[768,3072] = random(2)
  %h = MatrixMultiply(%x, %v) "first"
  %n = Normalization(%h, _, _) {axes=[1], epsilon=0.001} "norm"
  %y = MatrixMultiply(%n, %w) "second"
  output %y
})"));
        PipelineRequest passes;
        passes.backend = backend.get();
        runPipeline(graph, passes);
        const auto order = graph.order();
        return std::count_if(order.begin(), order.end(),
                             [&](NodeId node) { return graph[node].op->kind() == "Normalization"; });
    };
    EXPECT_EQ(normalisations(90, 512), 0);
    EXPECT_EQ(normalisations(90, 1024), 1);
    EXPECT_EQ(normalisations(80, 1024), 0);
}

}  // namespace
}  // namespace opentrt::cuda
