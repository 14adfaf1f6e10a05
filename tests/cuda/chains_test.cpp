// SPDX-License-Identifier: Apache-2.0
// Which convolutions the CUDA backend lets run as one kernel.
#include <gtest/gtest.h>

#include "backends/cuda/cuda_backend.h"
#include "graph/text.h"
#include "passes/pipeline.h"
#include "targets.h"

namespace opentrt::cuda {
namespace {

size_t kernelsOf(int sm, const std::string& text) {
    const auto backend = makeBackend(target(sm), cpuBackend());
    Graph graph = parseGraph(text);
    PipelineRequest passes;
    passes.backend = backend.get();
    runPipeline(graph, passes);
    return graph.order().size();
}

//! The heart of a residual block and the first product of the next one, in f16.
std::string blockOf(const std::string& images) {
    return cat("graph net {\n  input %x: f16[", images, ",64,56,56]\n  input %r: f16[", images,
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
})");
}

TEST(Chains, OfSmallPicturesAreOneKernel) {
    EXPECT_EQ(kernelsOf(90, blockOf("4")), 1u);
    EXPECT_EQ(kernelsOf(80, blockOf("4")), 3u);
    EXPECT_EQ(kernelsOf(90, blockOf("N")), 3u);
}

//! The same in narrow numbers, where the residual is made of an image of twice the size.
std::string firstBlockOf(int images, int size, int channels, int middle, int wide) {
    const std::string in = cat(images, ",", middle, ",", size, ",", size);
    return cat("graph net {\n  input %x: i8[", in, "]\n  input %z: i8[", images, ",", channels, ",", size * 2, ",",
               size * 2, "]\n  const %s: f32[] = [0.5]\n  const %u: i8[", middle, ",", middle,
               ",3,3] = random(1)\n  const %v: i8[", wide, ",", middle, ",1,1] = random(2)\n  const %w: i8[", middle,
               ",", wide, ",1,1] = random(3)\n  const %o: i8[", wide, ",", channels, R"(,1,1] = random(4)
  %dz = Dequantize(%z, %s)
  %do = Dequantize(%o, %s)
  %b = Convolution(%dz, %do) {stride=[2,2]} "beside"
  %qb = Quantize(%b, %s)
  %r = Dequantize(%qb, %s)
  %dx = Dequantize(%x, %s)
  %du = Dequantize(%u, %s)
  %c2 = Convolution(%dx, %du) {pre=[1,1], post=[1,1]} "second"
  %q2 = Quantize(%c2, %s)
  %d2 = Dequantize(%q2, %s)
  %dv = Dequantize(%v, %s)
  %c3 = Convolution(%d2, %dv) "third"
  %j = ElementWise(%c3, %r) {operation=sum} "residual"
  %t3 = Activation(%j) {function=relu} "relu 3"
  %q3 = Quantize(%t3, %s)
  %d3 = Dequantize(%q3, %s)
  %dw = Dequantize(%w, %s)
  %c1 = Convolution(%d3, %dw) "first"
  %t1 = Activation(%c1) {function=relu} "relu 1"
  %q1 = Quantize(%t1, %s)
  output %q3
  output %q1
})");
}

TEST(Chains, TakeAlongWhatMakesTheResidual) {
    EXPECT_EQ(kernelsOf(90, firstBlockOf(4, 28, 256, 128, 512)), 1u);
    EXPECT_EQ(kernelsOf(80, firstBlockOf(4, 28, 256, 128, 512)), 4u);
}

TEST(Chains, WithTooManyWeightsJoinWhatMakesTheResidualAlone) {
    EXPECT_EQ(kernelsOf(90, firstBlockOf(4, 14, 512, 256, 1024)), 3u);
}

//! Many channels of few, convolved by themselves, and few again, to which the image is added.
std::string bottleneckOf(const std::string& images, int channels) {
    const std::string few = cat(channels), middle = cat(channels * 4);
    return cat("graph net {\n  input %x: f16[", images, ",", few, ",28,28]\n  const %u: f16[", middle, ",", few,
               ",1,1] = random(1)\n  const %v: f16[", middle, ",1,3,3] = random(2)\n  const %w: f16[", few, ",", middle,
               R"(,1,1] = random(3)
  %a = Convolution(%x, %u) "expand"
  %b = Activation(%a) {function=relu} "relu 1"
  %c = Convolution(%b, %v) {groups=)",
               middle, R"(, pre=[1,1], post=[1,1]} "middle"
  %d = Activation(%c) {function=relu} "relu 2"
  %e = Convolution(%d, %w) "project"
  %f = ElementWise(%e, %x) {operation=sum} "residual"
  output %f
})");
}

TEST(Chains, OfInvertedBottlenecksAreOneKernel) {
    EXPECT_EQ(kernelsOf(90, bottleneckOf("4", 24)), 1u);
    EXPECT_EQ(kernelsOf(80, bottleneckOf("4", 24)), 1u);
    EXPECT_EQ(kernelsOf(90, bottleneckOf("N", 24)), 3u);
    EXPECT_EQ(kernelsOf(90, bottleneckOf("4", 48)), 3u);  // many channels
}

}  // namespace
}  // namespace opentrt::cuda
