// SPDX-License-Identifier: Apache-2.0
// Plans for a device on a driver that is not one: what is launched, in which order, and that nothing is left behind.
#include <gtest/gtest.h>

#include "backends/cuda/cuda_backend.h"
#include "base/error.h"
#include "fake_driver.h"
#include "graph/text.h"

namespace opentrt::cuda {
namespace {

TEST(Machine, DescribesItsDevice) {
    const Machine machine(fakeDriver(), 0);
    EXPECT_EQ(str(machine.target()),
              "cuda sm_90 multiprocessors=132 shared=232448 sharedAll=233472 l2=62914560 NVIDIA H200");
    EXPECT_EQ(machine.driverText(), "driver 13.0");
}

TEST(Machine, SaysHowMuchMemoryItDoesNotHave) {
    const Machine machine(fakeDriver(), 0);
    fakeState().failAllocation = 0;
    try {
        machine.allocate(4096);
        FAIL() << "it gave memory";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::FailedAllocation);
        EXPECT_NE(std::string(error.what()).find("4096 bytes"), std::string::npos) << error.what();
    }
}

TEST(Machine, MovesBytesThereAndBack) {
    const Machine machine(fakeDriver(), 0);
    const std::vector<int> sent{1, 2, 3};
    std::vector<int> got(3);
    void* memory = machine.allocate(12);
    machine.upload(memory, sent.data(), 12, nullptr);
    machine.download(got.data(), memory, 12, nullptr);
    EXPECT_EQ(got, sent);
    machine.release(memory);
    EXPECT_THROW(machine.upload(memory, sent.data(), 12, nullptr), Error);
    EXPECT_EQ(fakeState().allocations, 0u);
}

//! Compiles, loads and runs the first tactic of the node that makes `output`.
std::vector<std::string> launchesOf(const std::string& text) {
    const Machine machine(fakeDriver(), 0);
    const auto backend = makeBackend(machine, cpuBackend());
    const Graph graph = parseGraph(text);
    const NodeId node = graph[graph.outputs()[0]].producer;
    const Tactic tactic = backend->tactics(graph, node, {}).tactics.at(0);
    const CompiledStep step = backend->compile(graph, node, tactic, {});
    const auto kernel = backend->load(step.kernel, step.params, step.weights);
    std::vector<Port> in, out;
    std::vector<void*> memory;
    const auto add = [&](ValueId v, Format format, std::vector<Port>& ports) {
        ports.push_back({graph.fact(v).type, format, staticDims(graph.fact(v).shape)});
        memory.push_back(machine.allocate(bytesIn(format, ports.back().type, ports.back().dims)));
    };
    for (const int i : step.inputs) {
        const auto n = static_cast<size_t>(i);
        add(graph[node].inputs[n], tactic.inputs[n], in);
    }
    add(graph.outputs()[0], tactic.outputs[0], out);
    fakeState().launches.clear();
    const std::vector<const void*> inputs(memory.begin(), memory.end() - 1);
    kernel->prepare(in, out)->run({inputs.data(), &memory.back(), nullptr, nullptr, nullptr});
    for (void* block : memory) machine.release(block);
    return fakeState().launches;
}

using Lines = std::vector<std::string>;

TEST(Launches, OfAConvolutionCoverItsResultWithTiles) {
    EXPECT_EQ(launchesOf(R"(graph net {
  input %x: f16[2,16,20,20]
  const %w: f16[96,16,3,3] = random(1)
  %c = Convolution(%x, %w, _) {pre=[1,1], post=[1,1]} "conv"
  output %c
})"),
              (Lines{"contraction 13x2x1 of 128"}));
}

TEST(Launches, OfAConcatenationAreOneCopyForEachPart) {
    EXPECT_EQ(launchesOf(R"(graph net {
  input %a: f32[4,4]
  input %b: f32[4,8]
  %c = Concatenation(%a, %b) {axis=1} "join"
  output %c
})"),
              (Lines{"wide 1x1x1 of 256", "wide 1x1x1 of 256"}));
}

TEST(Launches, OfARowOperatorAreOneBlockForEachRow) {
    EXPECT_EQ(launchesOf(R"(graph net {
  input %x: f32[6,100]
  %c = Softmax(%x) {axis=1} "softmax"
  output %c
})"),
              (Lines{"softmax 6x1x1 of 128"}));
}

TEST(Launches, LeaveNothingBehind) {
    EXPECT_EQ(fakeState().allocations, 0u);
    EXPECT_EQ(fakeState().modules, 0u);
}

}  // namespace
}  // namespace opentrt::cuda
