// SPDX-License-Identifier: Apache-2.0
// Which convolutions the CUDA backend lets run as one kernel.
#include <gtest/gtest.h>

#include "backends/cuda/cuda_backend.h"
#include "graph/text.h"
#include "passes/pipeline.h"
#include "targets.h"

namespace opentrt::cuda {
namespace {

//! Kernels of the heart of a residual block and the first product of the next one, in f16.
size_t kernelsOf(int sm, const std::string& images) {
    const auto backend = makeBackend(target(sm), cpuBackend());
    Graph graph = parseGraph(cat("graph net {\n  input %x: f16[", images, ",64,56,56]\n  input %r: f16[", images,
                                 R"(,256,56,56]
  const %u: f16[64,64,3,3] = random(1)
  const %v: f16[256,64,1,1] = random(2)
  const %w: f16[64,256,1,1] = random(3)
  %a = Convolution(%x, %u) {pre=[1,1], post=[1,1]} "second"
  %b = Activation(%a) {function=relu} "relu 2"
  %c = Convolution(%b, %v) "third"
  %d = ElementWise(%c, %r) {operation=sum} "residual"
  %e = Activation(%d) {function=relu} "relu 3"
  %f = Convolution(%e, %w) "first"
  %g = Activation(%f) {function=relu} "relu 1"
  output %e
  output %g
})"));
    PipelineRequest passes;
    passes.backend = backend.get();
    runPipeline(graph, passes);
    return graph.order().size();
}

TEST(Chains, OfSmallPicturesAreOneKernel) {
    EXPECT_EQ(kernelsOf(90, "4"), 1u);
    EXPECT_EQ(kernelsOf(80, "4"), 3u);
    EXPECT_EQ(kernelsOf(90, "N"), 3u);
}

}  // namespace
}  // namespace opentrt::cuda
