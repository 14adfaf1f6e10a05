// SPDX-License-Identifier: Apache-2.0
// Plans for a device on a driver that is not one: what is launched, in which order, and that nothing is left behind.
#include <gtest/gtest.h>

#include "backends/cuda/cuda_backend.h"
#include "backends/cuda/movement.h"
#include "base/error.h"
#include "builder/compile.h"
#include "fake_driver.h"
#include "graph/text.h"
#include "ops/concatenation.h"
#include "ops/slice.h"
#include "ops/transpose.h"
#include "runtime/replay.h"

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

//! A program's memory, which knows what else the device has given away.
struct ProgramMemory final : MemorySource {
    explicit ProgramMemory(const Device& device) : device(device) {}
    void* allocate(int64_t bytes) override {
        void* memory = device.allocate(bytes);
        ++blocks;
        most = std::max(most, blocks);
        expectNoOthers();
        return memory;
    }
    void release(void* memory) override {
        expectNoOthers();
        device.release(memory);
        --blocks;
    }
    void expectNoOthers() const { EXPECT_EQ(fakeState().allocations, blocks); }

    const Device& device;
    size_t blocks = 0, most = 0;
};

TEST(Builds, TryTacticsInMemoryOfTheProgram) {
    const Machine machine(fakeDriver(), 0);
    const auto backend = makeBackend(machine, cpuBackend());
    const auto memory = std::make_shared<ProgramMemory>(machine);
    CompileRequest request;
    request.backend = backend.get();
    request.memory = memory;
    request.optimizationLevel = 2;  // networks are run by the driver that the process finds
    compile(parseGraph(R"(graph net { stage imported
  input %x: f16[8,64,24,24]
  const %w: f16[64,1,3,3] = random(1)
  %c = Convolution(%x, %w) {groups=64, pre=[1,1], post=[1,1]} "depthwise"
  output %c
})"),
            std::move(request));
    EXPECT_GT(memory->most, 2u) << "an input, a result and weights";
    EXPECT_EQ(memory->blocks, 0u);
    EXPECT_EQ(fakeState().allocations, 0u);
}

using Lines = std::vector<std::string>;

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
    const size_t inputCount = in.size();
    for (size_t o = 0; o < graph[node].outputs.size(); ++o) add(graph[node].outputs[o], tactic.outputs[o], out);
    fakeState().launches.clear();
    const std::vector<const void*> inputs(memory.begin(), memory.begin() + static_cast<long>(inputCount));
    const auto launch = kernel->prepare(in, out);
    memory.push_back(machine.allocate(launch->workspaceBytes()));
    launch->run({inputs.data(), memory.data() + inputCount, memory.back(), nullptr, nullptr});
    for (void* block : memory) machine.release(block);
    return fakeState().launches;
}

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

//! A kernel that is no one's, put into the stream with a number.
Replay::Work workNamed(const Machine& machine, const char* name, int argument = 0) {
    return [&machine, name, argument](void* stream) {
        FunctionHandle function = nullptr;
        machine.driver().moduleFunction(&function, nullptr, name);
        int parameter = argument;
        launchKernel(machine, function, {}, &parameter, stream);
    };
}

TEST(Replay, StartsARecordingFromTheSecondEqualInferenceOn) {
    const Machine machine(fakeDriver(), 0);
    Replay replay(machine);
    fakeState().launches.clear();
    const auto run = [&](uint64_t version) { replay.run({version, {}}, nullptr, workNamed(machine, "kernel")); };
    run(1);
    run(1);
    run(1);
    run(2);
    const std::string one = "kernel 1x1x1 of 256";
    EXPECT_EQ(fakeState().launches, (Lines{one, "graph:", one, "graph:", one, one}));
}

TEST(Replay, RenewsTheRecordingThatWasNotUsedForLongest) {
    const Machine machine(fakeDriver(), 0);
    Replay replay(machine);
    const auto run = [&](uint64_t version, const char* name) {
        replay.run({version, {}}, nullptr, workNamed(machine, name));
    };
    for (uint64_t version = 1; version <= 9; ++version) {
        run(version, "old");
        run(version, "old");
    }
    EXPECT_EQ(fakeState().graphs, 16u) << "eight, and what was made of them";
    fakeState().launches.clear();
    run(9, "new");
    run(1, "new");
    EXPECT_EQ(fakeState().launches, (Lines{"graph:", "old 1x1x1 of 256", "new 1x1x1 of 256"}));
}

//! A kernel with another number for each address, and, of `mixed` work, an event.
Replay::Work workAt(const Machine& machine, const void* address, bool mixed = false) {
    const auto number = static_cast<int>(reinterpret_cast<intptr_t>(address));
    return [&machine, number, mixed](void* stream) {
        workNamed(machine, "same")(stream);
        workNamed(machine, "other", number)(stream);
        if (mixed) machine.signal(nullptr, stream, true);
    };
}
const void* addressAt(intptr_t number) {
    return reinterpret_cast<const void*>(number);
}

TEST(Replay, PutsOtherAddressesIntoTheRecording) {
    const Machine machine(fakeDriver(), 0);
    Replay replay(machine);
    const auto run = [&](intptr_t at, uint64_t version = 1) {
        fakeState().launches.clear();
        replay.run({version, {addressAt(at)}}, nullptr, workAt(machine, addressAt(at)));
        return fakeState().launches;
    };
    const std::string same = "same 1x1x1 of 256", other = "other 1x1x1 of 256", changed = "changed " + other;
    EXPECT_EQ(run(1), (Lines{same, other}));
    EXPECT_EQ(run(2), (Lines{"graph:", same, other})) << "the sizes came a second time";
    EXPECT_EQ(run(3), (Lines{"graph:", same, changed}));
    EXPECT_EQ(run(4), (Lines{"graph:", same, changed}));
    EXPECT_EQ(fakeState().graphs, 2u) << "what was recorded, and what was made of it";
    EXPECT_EQ(run(3), (Lines{"graph:", same, other})) << "addresses that come again get a recording of their own";
    EXPECT_EQ(run(4), (Lines{"graph:", same, changed}));
    EXPECT_EQ(run(5, 2), (Lines{same, other})) << "other sizes";
}

TEST(Replay, LaunchesOtherAddressesOfWorkThatIsMoreThanKernels) {
    const Machine machine(fakeDriver(), 0);
    Replay replay(machine);
    const auto run = [&](intptr_t at) {
        fakeState().launches.clear();
        replay.run({1, {addressAt(at)}}, nullptr, workAt(machine, addressAt(at), true));
        return fakeState().launches.front();
    };
    EXPECT_NE(run(1), "graph:");
    EXPECT_EQ(run(2), "graph:");
    EXPECT_NE(run(3), "graph:");
    EXPECT_EQ(run(3), "graph:");
    EXPECT_EQ(run(2), "graph:");
    EXPECT_TRUE(replay.isOn());
}

TEST(Replay, LeavesWorkThatCannotBeRecordedAlone) {
    const Machine machine(fakeDriver(), 0);
    Replay replay(machine);
    const auto work = [&](void* stream) { machine.synchronize(stream); };
    replay.run({1, {}}, nullptr, work);
    replay.run({1, {}}, nullptr, work);
    EXPECT_FALSE(replay.isOn());
}

TEST(Machine, KnowsWhenTheCallerRecords) {
    const Machine machine(fakeDriver(), 0);
    StreamHandle stream = nullptr;
    machine.driver().streamCreate(&stream, 0);
    EXPECT_FALSE(machine.isRecorded(stream));
    machine.driver().captureBegin(stream, 0);
    EXPECT_TRUE(machine.isRecorded(stream));
    GraphHandle graph = nullptr;
    machine.driver().captureEnd(stream, &graph);
    machine.driver().graphDestroy(graph);
    machine.driver().streamDestroy(stream);
}

TEST(Machine, RecordsTheEventOfTheProgramEachTimeThatARecordingIsStarted) {
    const Machine machine(fakeDriver(), 0);
    int event = 0;
    fakeState().launches.clear();
    machine.signal(&event, nullptr, false);
    const auto recording = machine.record([&](void* stream) { machine.signal(&event, stream, true); });
    recording->start(nullptr);
    recording->start(nullptr);
    const std::string external = "external event";
    EXPECT_EQ(fakeState().launches, (Lines{"event", "graph:", external, "graph:", external}));
}

TEST(Machine, MeasuresBetweenMarksOfAStream) {
    const Machine machine(fakeDriver(), 0);
    const auto marks = machine.marks(false);
    fakeState().launches.clear();
    const size_t from = marks->add(nullptr);
    workNamed(machine, "kernel")(nullptr);
    EXPECT_EQ(marks->between(from, marks->add(nullptr)), 0.5f);
    EXPECT_EQ(fakeState().launches, (Lines{"event", "kernel 1x1x1 of 256", "event"}));
}

TEST(Machine, RecordsMarksAsWorkOfAGraph) {
    const Machine machine(fakeDriver(), 0);
    const auto marks = machine.marks(true);
    fakeState().launches.clear();
    const auto recording = machine.record([&](void* stream) { marks->add(stream); });
    recording->start(nullptr);
    EXPECT_EQ(fakeState().launches, (Lines{"graph:", "external event"}));
}

TEST(Machine, UsesOneStreamForAllMeasurementsOfAThread) {
    const Machine machine(fakeDriver(), 0);
    for (int i = 0; i < 3; ++i) EXPECT_GT(machine.time(workNamed(machine, "kernel"), {.repeats = 20}), 0);
    EXPECT_EQ(fakeState().streams, 1u);
    EXPECT_EQ(fakeState().graphs, 0u);
}

TEST(Machine, PutsWorkBetweenTrialsThatIsNotMeasured) {
    const Machine machine(fakeDriver(), 0);
    fakeState().launches.clear();
    Trials trials;
    trials.repeats = 2;
    trials.count = 2;
    trials.before = workNamed(machine, "before");
    EXPECT_EQ(machine.time(workNamed(machine, "kernel"), trials), 0.25);
    const std::string kernel = "kernel 1x1x1 of 256", before = "before 1x1x1 of 256";
    EXPECT_EQ(fakeState().launches, (Lines{"graph:", kernel, kernel, before, "event", "graph:", kernel, kernel, "event",
                                           before, "event", "graph:", kernel, kernel, "event"}));
}

TEST(Machine, MeasuresHopelessWorkOnce) {
    const Machine machine(fakeDriver(), 0);
    fakeState().launches.clear();
    EXPECT_EQ(machine.time(workNamed(machine, "kernel"), {.repeats = 1, .count = 9, .hopeless = 0.4}), 0.5);
    EXPECT_EQ(fakeState().launches.size(), 3u);
}

TEST(Launches, AreRefusedForOperandsOfAnotherOperator) {
    const Machine machine(fakeDriver(), 0);
    const auto backend = makeBackend(machine, cpuBackend());
    const Graph graph = parseGraph(R"(graph net {
  input %x: f32[8,4]
  const %axis: i32[] = [1]
  %y = Cumulative(%x, %axis) {operation=sum} "sums"
  output %y
})");
    const NodeId node = graph[graph.outputs()[0]].producer;
    const CompiledStep step = backend->compile(graph, node, backend->tactics(graph, node, {}).tactics.at(0), {});
    const auto kernel = backend->load(step.kernel, step.params, step.weights);
    const Port x{DType::F32, Format::Linear, {8, 4}}, axis{DType::I32, Format::Linear, {}};
    const Port larger{DType::F32, Format::Linear, {8, 5}}, other{DType::F32, Format::Nhwc, {8, 4}};
    const std::vector<Port> in{x, axis};
    EXPECT_NO_THROW(kernel->prepare(in, std::vector{x}));
    EXPECT_THROW(kernel->prepare(in, std::vector{larger}), Error);
    EXPECT_THROW(kernel->prepare(in, std::vector{other}), Error);
    EXPECT_THROW(kernel->prepare(std::vector{x}, std::vector{x}), Error);
}

TEST(Launches, OfCopiesAreRefusedWhereTheyWouldReadElsewhere) {
    const Machine machine(fakeDriver(), 0);
    const auto backend = makeBackend(machine, cpuBackend());
    const Graph graph = parseGraph(R"(graph net {
  input %x: f32[8,4]
  %y = Transpose(%x) {permutation=[1,0]} "transpose"
  output %y
})");
    const NodeId node = graph[graph.outputs()[0]].producer;
    const CompiledStep step = backend->compile(graph, node, backend->tactics(graph, node, {}).tactics.at(0), {});
    const auto prepare = [&](const char* kind, const Op& op, const Dims& x, const Dims& y, DType type = DType::F32) {
        CopyParams copy;
        copy.kind = kind;
        copy.op = printFields(op);
        const std::vector<Port> in{{type, Format::Linear, x}}, out{{DType::F32, Format::Linear, y}};
        backend->load(step.kernel, printFields(copy), step.weights)->prepare(in, out);
    };
    const auto transpose = [&](const Dims& permutation) {
        prepare("Transpose", ops::Transpose(permutation), {8, 4}, {4, 8});
    };
    EXPECT_NO_THROW(transpose({1, 0}));
    for (const Dims& permutation : {Dims{0, 1}, Dims{1}, Dims{1, 2}, Dims{1, -1}})
        EXPECT_THROW(transpose(permutation), Error);
    const auto slice = [&](int64_t start, int64_t stride) {
        prepare("Slice", ops::Slice({0, start}, {}, {1, stride}), {8, 4}, {8, 2});
    };
    EXPECT_NO_THROW(slice(3, -2));
    for (const auto& [start, stride] : {std::pair{3L, 1L}, {0L, -1L}, {-1L, 1L}, {1L, INT64_MAX}, {INT64_MAX, 1L}})
        EXPECT_THROW(slice(start, stride), Error);
    const ops::Concatenation join(1);
    EXPECT_NO_THROW(prepare("Concatenation", join, {8, 4}, {8, 4}));
    EXPECT_THROW(prepare("Concatenation", join, {8, 3}, {8, 4}), Error);
    EXPECT_THROW(prepare("Concatenation", ops::Concatenation(2), {8, 4}, {8, 4}), Error);
    EXPECT_NO_THROW(prepare("Expand", join, {4}, {8, 4}));
    EXPECT_THROW(prepare("Expand", join, {3}, {8, 4}), Error);
    EXPECT_THROW(prepare("Expand", join, {8, 4}, {4}), Error);
    EXPECT_THROW(prepare("Expand", join, {4}, {8, 4}, DType::F16), Error);
    EXPECT_THROW(prepare("Reverse", join, {4}, {4}), Error);
}

TEST(Launches, OfConvolutionsAreRefusedForWindowsThatAreNone) {
    const Machine machine(fakeDriver(), 0);
    const auto backend = makeBackend(machine, cpuBackend());
    const Graph graph = parseGraph(R"(graph net {
  input %x: f16[2,16,20,20]
  const %w: f16[96,16,3,3] = random(1)
  %c = Convolution(%x, %w, _) {pre=[1,1], post=[1,1]} "conv"
  output %c
})");
    const NodeId node = graph[graph.outputs()[0]].producer;
    const CompiledStep step = backend->compile(graph, node, backend->tactics(graph, node, {}).tactics.at(0), {});
    const std::string whole = "kernel=[96,16,3,3]";
    const auto prepare = [&](const std::string& kernel, const Dims& x) {
        std::string params = step.params;
        params.replace(params.find(whole), whole.size(), "kernel=" + kernel);
        const std::vector<Port> in{{DType::F16, Format::Nhwc, x}}, out{{DType::F16, Format::Nhwc, {2, 96, 20, 20}}};
        backend->load(step.kernel, params, step.weights)->prepare(in, out);
    };
    EXPECT_NO_THROW(prepare("[96,16,3,3]", {2, 16, 20, 20}));
    for (const char* kernel : {"[96,0,3,3]", "[96,16,3]", "[]", "[96,16,3,-3]"})
        EXPECT_THROW(prepare(kernel, {2, 16, 20, 20}), Error) << kernel;
    EXPECT_THROW(prepare("[96,16,3,3]", {2, 16}), Error);
}

TEST(Launches, OfAScatterCopyMarkAndWrite) {
    EXPECT_EQ(launchesOf(R"(graph net {
  input %x: f32[8,4]
  input %i: i32[3,1]
  input %u: f32[3,4]
  %c = Scatter(%x, %i, %u) {mode=nd} "scatter"
  output %c
})"),
              (Lines{"mark 1x1x1 of 256", "scatter 1x1x1 of 256"}));
}

TEST(Launches, OfACacheUpdateMakeTheWholeResult) {
    EXPECT_EQ(launchesOf(R"(graph net {
  input %x: f16[1,4,64,32]
  input %u: f16[1,4,1,32]
  input %i: i32[1]
  %c = KvCacheUpdate(%x, %u, %i) "cache"
  output %c
})"),
              (Lines{"cache_update 32x1x1 of 256"}));
}

TEST(Launches, OfARecurrentLayerProjectThenStep) {
    EXPECT_EQ(launchesOf(R"(graph net {
  input %x: f32[5,2,8]
  const %w: f32[2,16,8] = random(1)
  const %r: f32[2,16,16] = random(2)
  %y, %h = Recurrent(%x, %w, %r) {cell=rnn, direction=bidirectional, hidden=16} "rnn"
  output %y
})"),
              (Lines{"project 40x1x1 of 256", "steps 2x2x1 of 128"}));
}

TEST(Launches, LeaveNothingBehind) {
    EXPECT_EQ(fakeState().allocations, 0u);
    EXPECT_EQ(fakeState().modules, 0u);
    EXPECT_EQ(fakeState().pinned, 0u);
    EXPECT_EQ(fakeState().graphs, 0u);
    EXPECT_EQ(fakeState().streams, 0u);
    EXPECT_EQ(fakeState().events, 0u);
}

}  // namespace
}  // namespace opentrt::cuda
