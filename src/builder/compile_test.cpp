// SPDX-License-Identifier: Apache-2.0
// Graphs from text through the whole build, saved and loaded, run, and compared with the reference evaluator.
#include "builder/compile.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <set>

#include "backends/forwarding_backend.h"
#include "graph/evaluate.h"
#include "graph/text.h"
#include "plan/serialize.h"
#include "runtime/context.h"
#include "tune/timer.h"

namespace opentrt {
namespace {

class HeapMemory final : public MemorySource {
public:
    void* allocate(int64_t bytes) override {
        return std::aligned_alloc(64, static_cast<size_t>((bytes + 63) / 64 * 64));
    }
    void release(void* memory) override { std::free(memory); }
};

Tensor ramp(DType type, const std::vector<int64_t>& dims) {
    Tensor t(type, dims);
    for (int64_t i = 0; i < t.count(); ++i) t.set(i, static_cast<double>((i * 7919) % 101) / 50.0 - 1.0);
    return t;
}

void expectNear(const Tensor& got, const Tensor& want) {
    ASSERT_EQ(got.dims(), want.dims());
    for (int64_t i = 0; i < want.count(); ++i) {
        ASSERT_NEAR(got.get(i), want.get(i), 1e-4 * std::max(1.0, std::abs(want.get(i)))) << "element " << i;
    }
}

void expectSameAsReference(const std::string& text, const std::vector<std::vector<int64_t>>& dims,
                           std::vector<PlanProfile> profiles = {}) {
    const Graph graph = parseGraph(text);
    std::vector<Tensor> inputs;
    for (size_t i = 0; i < dims.size(); ++i) inputs.push_back(ramp(graph.fact(graph.inputs()[i]).type, dims[i]));
    const std::vector<Tensor> expected = evaluate(graph, inputs);

    CompileRequest request;
    request.profiles = std::move(profiles);
    request.pipeline.verify = true;
    const Plan plan = compile(graph.clone(), std::move(request));
    const Engine engine(deserialize(serialize(plan)));
    HeapMemory memory;
    Context context(engine, memory);
    for (size_t i = 0; i < inputs.size(); ++i) {
        context.setInputDims(static_cast<int32_t>(i), dims[i]);
        context.setAddress(static_cast<int32_t>(i), const_cast<void*>(inputs[i].data()));
    }
    std::vector<Tensor> outputs;
    for (size_t o = 0; o < expected.size(); ++o) {
        outputs.emplace_back(expected[o].type(), expected[o].dims());
        context.setAddress(static_cast<int32_t>(inputs.size() + o), outputs.back().mutableData());
    }
    context.run();
    for (size_t o = 0; o < expected.size(); ++o) expectNear(outputs[o], expected[o]);
    context.run();
    for (size_t o = 0; o < expected.size(); ++o) expectNear(outputs[o], expected[o]);
}

TEST(Compile, RunsAConvolutionWithActivation) {
    expectSameAsReference(R"(graph net {
        input %x: f32[1,3,8,8]
        const %w: f32[16,3,3,3] = random(7)
        const %b: f32[16] = random(8)
        %y = Convolution(%x, %w, %b) {pre=[1,1], post=[1,1]} "conv"
        %z = Activation(%y) {function=relu} "relu"
        output %z
    })",
                          {{1, 3, 8, 8}});
}

TEST(Compile, AddsAResidualInPlaceOrNot) {
    expectSameAsReference(R"(graph net {
        input %x: f32[2,16,8,8]
        const %w: f32[16,16,3,3] = random(7)
        %a = Activation(%x) {function=sigmoid} "a"
        %y = Convolution(%a, %w, _) {pre=[1,1], post=[1,1]} "conv"
        %s = ElementWise(%y, %a) {operation=sum} "add"
        %z = Activation(%s) {function=relu} "relu"
        %v = ElementWise(%z, %a) {operation=prod} "again"
        output %z
        output %v
    })",
                          {{2, 16, 8, 8}});
}

TEST(Compile, RunsAMatrixProductWithDynamicBatch) {
    PlanProfile profile;
    profile.inputs.push_back({{{1, 10}, {4, 10}, {8, 10}}, {}});
    expectSameAsReference(R"(graph net {
        input %x: f32[N,10]
        const %w: f32[10,20] = random(7)
        const %b: f32[1,20] = random(8)
        %y = MatrixMultiply(%x, %w) {} "dense"
        %s = ElementWise(%y, %b) {operation=sum} "bias"
        %z = Activation(%s) {function=tanh} "tanh"
        output %z
    })",
                          {{3, 10}}, {profile});
}

TEST(Compile, MeasuresKernelsOnIntegersThatMakeSense) {
    // A kernel that reads a count refuses what is out of range, also while it is measured.
    const Graph graph = parseGraph(R"(graph net {
        input %x: f32[64,4]
        input %k: i64[]
        %values, %places = TopK(%x, %k) {axis=0} "top"
        output %values
    })");
    const Backend& backend = defaultBackend();
    const TacticRequest request;
    std::set<std::string> symbols;  // the size that the count makes
    graph.fact(graph.outputs()[0]).shape[0].collectSymbols(symbols);
    const SymbolValues sizes{{*symbols.begin(), 1}};
    int measured = 0;
    for (const NodeId node : graph.order()) {
        for (const Tactic& tactic : backend.tactics(graph, node, request).tactics) {
            const TimingProblem problem{"", backend, graph, node, request, sizes};
            EXPECT_LT(makeDeviceTimer(1, 2)->time(problem, tactic, 1e9), 1e9) << tactic.name;
            ++measured;
        }
    }
    EXPECT_GT(measured, 0);
}

TEST(Compile, AnswersRightWhenShapesComeBack) {
    const Graph graph = parseGraph(R"(graph net {
        input %x: f32[N,10]
        const %w: f32[10,20] = random(7)
        %y = MatrixMultiply(%x, %w) {} "dense"
        %z = Softmax(%y) {axis=1} "softmax"
        output %z
    })");
    CompileRequest request;
    request.profiles.emplace_back().inputs.push_back({{{1, 10}, {4, 10}, {16, 10}}, {}});
    const Engine engine(compile(graph.clone(), request));
    HeapMemory memory;
    Context context(engine, memory);
    // More shapes than a step remembers, and each of them again.
    for (const int64_t n : {1, 2, 3, 2, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 12, 3}) {
        const Tensor x = ramp(DType::F32, {n, 10});
        const std::vector<Tensor> expected = evaluate(graph, {x});
        Tensor y(DType::F32, {n, 20});
        context.setInputDims(0, {n, 10});
        context.setAddress(0, const_cast<void*>(x.data()));
        context.setAddress(1, y.mutableData());
        context.run();
        expectNear(y, expected[0]);
    }
}

//! The first tactic that it meets is good for few rows, all others are for many.
class MadeUpTimes final : public Timer {
public:
    double time(const TimingProblem& problem, const Tactic& tactic, double) override {
        if (first_.empty()) first_ = tactic.name;
        return tactic.name == first_ ? 1 + 0.3 * static_cast<double>(problem.sizes.at("N")) : 4;
    }
    double timeReformat(const Backend&, DType, Format, Format, const std::vector<int64_t>&) override { return 100; }

private:
    std::string first_;
};

TEST(Compile, TakesTheKernelsOfTheNearestPoint) {
    const Graph graph = parseGraph(R"(graph net {
        input %x: f32[N,10]
        const %w: f32[10,20] = random(7)
        %y = MatrixMultiply(%x, %w) {} "dense"
        output %y
    })");
    MadeUpTimes times;
    CompileRequest request;
    request.timer = &times;
    request.profiles.resize(2);
    request.profiles[0].inputs.push_back({{{1, 10}, {16, 10}, {64, 10}}, {}});
    request.profiles[1].inputs.push_back({{{2, 10}, {2, 10}, {64, 10}}, {}});
    const Engine engine(deserialize(serialize(compile(graph.clone(), request))));
    const PlanStep& step = engine.plan().programs[0].steps.at(0);
    ASSERT_EQ(step.variants.size(), 1u);
    const auto at = [&](int32_t profile, int64_t rows) {
        return step.variantAt.at(static_cast<size_t>(engine.nearestPoint(profile, {{"N", rows}})));
    };
    EXPECT_EQ(at(0, 16), 0);
    EXPECT_EQ(at(0, 64), 0) << "far above, what is good for many stays";
    EXPECT_EQ(at(0, 2), 1);
    EXPECT_EQ(at(1, 2), 1);
    EXPECT_EQ(engine.nearestPoint(2, {{"N", 1}}), -1);
    HeapMemory memory;
    Context context(engine, memory);
    for (const auto& [profile, n] : {std::pair{0, 16}, {0, 1}, {0, 20}, {1, 2}, {0, 2}, {1, 60}}) {
        const Tensor x = ramp(DType::F32, {n, 10});
        Tensor y(DType::F32, {n, 20});
        context.setProfile(profile);
        context.setInputDims(0, {n, 10});
        context.setAddress(0, const_cast<void*>(x.data()));
        context.setAddress(1, y.mutableData());
        context.run();
        expectNear(y, evaluate(graph, {x})[0]);
    }
}

constexpr const char* kTwoLayers = R"(graph net {
    input %x: f32[2,10]
    const %w: f32[10,20] = random(7)
    %y = MatrixMultiply(%x, %w) {} "dense"
    %z = Softmax(%y) {axis=1} "softmax"
    output %z
})";

//! The CPU's, but one kind of kernel gives zeros.
class LyingBackend final : public ForwardingBackend {
public:
    explicit LyingBackend(std::string lying) : ForwardingBackend(cpuBackend()), lying_(std::move(lying)) {}
    std::shared_ptr<const Kernel> load(const std::string& kernel, const std::string& params,
                                       const std::vector<Tensor>& weights) const override {
        if (kernel.find(lying_) == std::string::npos) return ForwardingBackend::load(kernel, params, weights);
        return std::make_shared<Zeros>();
    }

private:
    struct Zero final : Launch {
        explicit Zero(int64_t size) : bytes(size) {}
        void run(const LaunchArgs& args) override { std::memset(args.outputs[0], 0, static_cast<size_t>(bytes)); }
        int64_t bytes;
    };
    struct Zeros final : Kernel {
        std::unique_ptr<Launch> prepare(std::span<const Port>, std::span<const Port> out) const override {
            return std::make_unique<Zero>(bytesIn(out[0].format, out[0].type, out[0].dims));
        }
    };
    std::string lying_;
};

TEST(Compile, NamesTheLayerWhoseKernelDepartsFromTheReference) {
    const auto build = [](const char* lying) {
        const LyingBackend backend(lying);
        CompileRequest request;
        request.backend = &backend;
        request.verify = true;
        compile(parseGraph(kTwoLayers), std::move(request));
    };
    EXPECT_NO_THROW(build("nothing"));
    try {
        build("softmax");
        FAIL() << "nobody noticed";
    } catch (const Error& error) {
        EXPECT_EQ(error.layer(), "softmax");
        EXPECT_NE(std::string(error.what()).find("departs from the reference"), std::string::npos) << error.what();
    }
}

TEST(Compile, TellsWhenInputsAreNotReadAnyMore) {
    const Engine engine(compile(parseGraph(kTwoLayers), {}));
    HeapMemory memory;
    Executor executor(engine, 0, memory);
    executor.setShapes({}, 0);
    const Tensor x = ramp(DType::F32, {2, 10});
    Tensor y(DType::F32, {2, 20});
    struct Noting final : StepObserver {
        void before(const PlanStep& step) override { lines.push_back(step.name); }
        void after(const PlanStep&, const std::vector<Port>&, void* const*) override {}
        std::vector<std::string> lines;
    } noting;
    executor.setInputsRead([&](void*) { noting.lines.emplace_back("read"); });
    executor.run({x.data()}, {y.mutableData()}, {}, &noting);
    EXPECT_EQ(noting.lines, (std::vector<std::string>{"dense", "read", "softmax"}));
}

TEST(Compile, RefusesTensorsBeyondTheLimitNamingThem) {
    CompileRequest request;
    PlanProfile& profile = request.profiles.emplace_back();
    profile.inputs.push_back({{{1, 65536}, {1, 65536}, {32767, 65536}}, {}});
    const char* text = R"(graph g {
        input %x: f32[N,65536]
        %y = Activation(%x) {function=relu} "relu"
        output %y
    })";
    EXPECT_NO_THROW(compile(parseGraph(text), request));
    profile.inputs[0].dims[2][0] = 32768;
    try {
        compile(parseGraph(text), request);
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(),
                     "x: at the max of profile 0 the tensor has dimensions [32768,65536], which are more than "
                     "2^31-1 elements; lower the max");
    }
}

TEST(Compile, FusesPointwiseTreesWithBroadcast) {
    expectSameAsReference(R"(graph net {
        input %x: f32[2,16,4,4]
        const %c: f32[1,16,1,1] = random(3)
        %a = ElementWise(%x, %c) {operation=prod} "a"
        %b = Activation(%a) {function=sigmoid} "b"
        %d = ElementWise(%a, %b) {operation=sum} "d"
        %e = Unary(%d) {operation=exp} "e"
        output %e
        output %b
    })",
                          {{2, 16, 4, 4}});
}

}  // namespace
}  // namespace opentrt
