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

//! How many normalisations stay, for themselves, of a network in which `text` makes %n and %y.
long normalisationsLeft(int sm, const std::string& text) {
    const auto backend = makeBackend(target(sm), cpuBackend());
    Graph graph = parseGraph(cat("graph net {\n", text, "\n  output %y\n}"));
    PipelineRequest passes;
    passes.backend = backend.get();
    runPipeline(graph, passes);
    const auto order = graph.order();
    return std::count_if(order.begin(), order.end(),
                         [&](NodeId node) { return graph[node].op->kind() == "Normalization"; });
}

TEST(Norms, JoinProductsThatDoNotLoopOverTiles) {
    const auto normalisations = [](int sm, int rows) {
        return normalisationsLeft(sm, cat("  input %x: f16[", rows, R"(,768]
  const %v: f16[768,768] = random(1)
  const %w: f16[768,3072] = random(2)
  %h = MatrixMultiply(%x, %v) "first"
  %n = Normalization(%h, _, _) {axes=[1], epsilon=0.001} "norm"
  %y = MatrixMultiply(%n, %w) "second")"));
    };
    EXPECT_EQ(normalisations(90, 512), 0);
    EXPECT_EQ(normalisations(90, 1024), 1);
    EXPECT_EQ(normalisations(80, 1024), 0);
}

TEST(Norms, TakeTheSumsInFrontOfThem) {
    const auto normalisations = [](int columns) {
        return normalisationsLeft(
            80, cat("  input %i: i32[N,7]\n  input %t: f32[99,", columns, "]\n  input %x: f32[N,7,", columns, R"(]
  %r = Gather(%t, %i) {axis=0} "rows"
  %s = ElementWise(%r, %x) {operation=sum} "sum"
  %y = Normalization(%s, _, _) {axes=[2], epsilon=0.001} "norm")"));
    };
    EXPECT_EQ(normalisations(1024), 0);
    EXPECT_EQ(normalisations(1026), 1);  // no whole pieces of 16 bytes
    EXPECT_EQ(normalisations(2048), 1);  // more than a warp keeps
}

}  // namespace
}  // namespace opentrt::cuda
