// SPDX-License-Identifier: Apache-2.0
// Engines on a device through the public API: on the emulated one in the tests of the project, on a GPU by hand.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <sstream>
#include <thread>

#include "../api/support.h"
#include "device.h"
#include "running.h"

namespace devicetest {
namespace {

TEST(Device, TellsTheTimesOfAllLayers) {
    Driver::use(0);
    Logger logger;
    Running running(logger);
    struct Profiler final : IProfiler {
        void reportLayerTime(char const*, float ms) noexcept override {
            ++layers;
            EXPECT_GE(ms, 0);
        }
        int32_t layers = 0;
    } profiler;
    const auto values = ramp(32), others = ramp(32, 4);
    const auto& net = running.loaded.net;
    for (int i = 0; i < 3; ++i) running.run(values);  // until a recording runs
    const int32_t all = running.loaded.engine->getNbLayers();
    running.context->setProfiler(&profiler);
    EXPECT_EQ(running.run(others), net.expected(others));
    EXPECT_EQ(profiler.layers, all);
    running.context->setEnqueueEmitsProfile(false);
    EXPECT_EQ(running.run(values), net.expected(values));
    EXPECT_EQ(profiler.layers, all);
    EXPECT_TRUE(running.context->reportToProfiler());
    EXPECT_EQ(profiler.layers, 2 * all);
    Recorded graph(running.stream, [&] { return running.context->enqueueV3(running.stream.as<cudaStream_t>()); });
    EXPECT_FALSE(running.context->reportToProfiler());
    EXPECT_TRUE(logger.error("has not been launched yet")) << logger.all();
    for (int launches = 1; launches <= 2; ++launches) {
        running.x.set(others);
        graph.start(running.stream);
        EXPECT_EQ(running.y.get(), net.expected(others));
        EXPECT_TRUE(running.context->reportToProfiler()) << logger.all();
        EXPECT_EQ(profiler.layers, (2 + launches) * all) << "of the graph that was launched last";
    }
    running.context->setEnqueueEmitsProfile(true);
    const Recorded silent(running.stream,
                          [&] { return running.context->enqueueV3(running.stream.as<cudaStream_t>()); });
    EXPECT_EQ(profiler.layers, 4 * all) << "what is recorded is not done yet";
    running.context->setProfiler(nullptr);
    EXPECT_EQ(running.run(values), net.expected(values));
    graph.start(running.stream);
    EXPECT_EQ(running.y.get(), net.expected(values));
    EXPECT_EQ(profiler.layers, 4 * all);
}

TEST(Device, RecordsTheEventOfConsumedInputs) {
    Driver::use(0);
    Logger logger;
    Running running(logger);
    void* event = nullptr;
    Driver::call("cuEventCreate", &event, 2u);
    const auto values = ramp(32);
    ASSERT_TRUE(running.context->setInputConsumedEvent(static_cast<cudaEvent_t>(event)));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(running.run(values), running.loaded.net.expected(values));
        Driver::call("cuEventSynchronize", event);
    }
    Driver::call("cuEventDestroy_v2", event);
}

//! A convolution and a product of 16 channels, weights that all differ.
struct Products {
    Products() {
        for (size_t i = 0; i < w.size(); ++i) w[i] = std::sin(static_cast<float>(i * i));
        for (size_t i = 0; i < v.size(); ++i) v[i] = std::cos(static_cast<float>(i * i + 3 * i));
    }
    void define(INetworkDefinition& network) {
        ITensor* x = network.addInput("x", DataType::kFLOAT, Dims4(1, 16, 4, 4));
        auto* conv = network.addConvolutionNd(*x, 16, Dims2(1, 1), {DataType::kFLOAT, w.data(), 256}, {});
        auto* relu = network.addActivation(*conv->getOutput(0), ActivationType::kRELU);
        auto* last =
            network.addConvolutionNd(*relu->getOutput(0), 16, Dims2(1, 1), {DataType::kFLOAT, v.data(), 256}, {});
        relu->getOutput(0)->setName("r");
        last->getOutput(0)->setName("y");
        network.markOutput(*last->getOutput(0));
    }
    std::vector<float> expected(const std::vector<float>& x) const {
        std::vector<float> y(256, 0), r(256, 0);
        for (size_t k = 0; k < 16; ++k) {
            for (size_t p = 0; p < 16; ++p) {
                for (size_t c = 0; c < 16; ++c) r[k * 16 + p] += w[k * 16 + c] * x[c * 16 + p];
                r[k * 16 + p] = std::max(r[k * 16 + p], 0.0F);
            }
        }
        for (size_t k = 0; k < 16; ++k) {
            for (size_t p = 0; p < 16; ++p) {
                for (size_t c = 0; c < 16; ++c) y[k * 16 + p] += v[k * 16 + c] * r[c * 16 + p];
            }
        }
        return y;
    }
    std::vector<float> w = std::vector<float>(256), v = std::vector<float>(256);
};

//! Greatest difference, as a share of the greatest value.
float distance(const std::vector<float>& a, const std::vector<float>& b) {
    float most = 0, worst = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        most = std::max(most, std::fabs(a[i]));
        worst = std::max(worst, std::fabs(a[i] - b[i]));
    }
    return worst / most;
}

TEST(Device, IsSaidToBeFastInNarrowTypes) {
    Logger logger;
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    EXPECT_TRUE(builder->platformHasFastFp16());
    EXPECT_TRUE(builder->platformHasFastInt8());
    EXPECT_TRUE(builder->platformHasTf32());
}

//! How far the results of such an engine are off.
template <class Set>
float errorOf(Logger& logger, const Set& set) {
    Products net;
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    net.define(*network);
    config->setBuilderOptimizationLevel(0);
    set(*network, *config);
    const std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
    if (!plan) throw std::runtime_error(logger.all());
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    std::vector<float> values(256);
    for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(3 * i * i));
    const Floats x(values), y(256);
    void* bindings[] = {x.data(), y.data()};
    EXPECT_TRUE(context->executeV2(bindings)) << logger.all();
    return distance(net.expected(values), y.get());
}

TEST(Device, MultipliesInInt8ByDynamicRanges) {
    Driver::use(0);
    Logger logger;
    const float away = errorOf(logger, [](INetworkDefinition& network, IBuilderConfig& config) {
        config.setFlag(BuilderFlag::kINT8);
        network.getInput(0)->setDynamicRange(-1, 1);
        network.getLayer(1)->getOutput(0)->setDynamicRange(-8, 8);
    });
    EXPECT_TRUE(logger.has(ILogger::Severity::kINFO, "2 layers multiply in INT8")) << logger.all();
    EXPECT_LT(away, 0.02F);
    EXPECT_GT(away, 1e-4F) << "nothing was rounded";
}

TEST(Device, RoundsFloatsUnlessTheFlagOrTheEnvironmentForbidsIt) {
    Driver::use(0);
    Logger logger;
    const auto nothing = [](INetworkDefinition&, IBuilderConfig&) {};
    const auto forbid = [](INetworkDefinition&, IBuilderConfig& config) { config.clearFlag(BuilderFlag::kTF32); };
    constexpr float kLeast = 1e-5F;
    EXPECT_GT(errorOf(logger, nothing), kLeast);
    EXPECT_LT(errorOf(logger, forbid), kLeast);
    setenv("NVIDIA_TF32_OVERRIDE", "0", 1);
    EXPECT_LT(errorOf(logger, nothing), kLeast);
    setenv("NVIDIA_TF32_OVERRIDE", "1", 1);
    EXPECT_GT(errorOf(logger, nothing), kLeast);
    unsetenv("NVIDIA_TF32_OVERRIDE");
}

//! Five convolutions behind each other, each with weights of its own.
struct Chain {
    static constexpr size_t kLayers = 5, kCount = 256;
    Chain() : weights(kLayers, std::vector<float>(kCount)) {
        for (size_t l = 0; l < kLayers; ++l) {
            for (size_t i = 0; i < kCount; ++i) weights[l][i] = std::sin(static_cast<float>((l + 1) * i * i)) / 4;
        }
    }
    void define(INetworkDefinition& network) const {
        ITensor* x = network.addInput("x", DataType::kFLOAT, Dims4(1, 16, 4, 4));
        for (const auto& w : weights) {
            auto* conv = network.addConvolutionNd(*x, 16, Dims2(1, 1), {DataType::kFLOAT, w.data(), kCount}, {});
            conv->setName(("conv" + std::to_string(&w - weights.data())).c_str());
            x = network.addActivation(*conv->getOutput(0), ActivationType::kRELU)->getOutput(0);
        }
        x->setName("y");
        network.markOutput(*x);
    }
    std::vector<float> expected(std::vector<float> x) const {
        for (const auto& w : weights) {
            std::vector<float> y(kCount, 0);
            for (size_t i = 0; i < kCount; ++i) {
                for (size_t c = 0; c < 16; ++c) y[i] += w[i / 16 * 16 + c] * x[c * 16 + i % 16];
                y[i] = std::max(y[i], 0.0F);
            }
            x = y;
        }
        return x;
    }
    std::vector<std::vector<float>> weights;
};

//! A plan of the chain whose weights may be streamed.
std::unique_ptr<IHostMemory> streamingPlan(Logger& logger, const Chain& net, std::initializer_list<BuilderFlag> flags) {
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    net.define(*network);
    for (const BuilderFlag flag : flags) config->setFlag(flag);
    config->clearFlag(BuilderFlag::kTF32);
    config->setBuilderOptimizationLevel(0);
    return std::unique_ptr<IHostMemory>(builder->buildSerializedNetwork(*network, *config));
}

//! What the other process of the next test does: it has the plan, and no library but the driver.
void runsWithTheDriverAlone(const char* file) {
    Logger logger;
    std::ostringstream bytes, maps;
    bytes << std::ifstream(file, std::ios::binary).rdbuf();
    const std::string plan = bytes.str();
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan.data(), plan.size()));
    ASSERT_NE(engine, nullptr) << logger.all();
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    const auto values = ramp(Chain::kCount);
    const Floats x(values), y(Chain::kCount);
    void* bindings[] = {x.data(), y.data()};
    ASSERT_TRUE(context->executeV2(bindings)) << logger.all();
    EXPECT_LT(distance(Chain().expected(values), y.get()), 1e-4F);
    maps << std::ifstream("/proc/self/maps").rdbuf();
    for (const char* library : {"nvrtc", "cublas", "cudnn", "libcudart"})
        EXPECT_EQ(maps.str().find(library), std::string::npos) << library << " is loaded";
}

TEST(Device, RunsOwnKernelsWithTheDriverAlone) {
    Driver::use(0);
    if (const char* file = std::getenv("OPENTRT_TEST_PLAN")) return runsWithTheDriverAlone(file);
    Logger logger;
    const Chain net;
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    net.define(*network);
    config->clearFlag(BuilderFlag::kTF32);
    config->setTacticSources(0);
    config->setBuilderOptimizationLevel(0);
    const std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
    ASSERT_NE(plan, nullptr) << logger.all();
    const std::string file = testing::TempDir() + "driver_alone.plan";
    std::ofstream(file, std::ios::binary)
        .write(static_cast<const char*>(plan->data()), static_cast<std::streamsize>(plan->size()));
    const std::string self = std::filesystem::read_symlink("/proc/self/exe");
    const std::string command = "OPENTRT_TEST_PLAN='" + file +
                                "' OPENTRT_NVRTC=/none OPENTRT_CUBLASLT=/none OPENTRT_CUDNN=/none '" + self +
                                "' --gtest_filter=Device.RunsOwnKernelsWithTheDriverAlone";
    EXPECT_EQ(std::system(command.c_str()), 0);
    std::filesystem::remove(file);
}

//! Device memory of the program: how much of it was ever asked for, and how many blocks are out.
struct Allocator final : IGpuAllocator {
    void* allocate(uint64_t size, uint64_t, AllocatorFlags) noexcept override {
        if (bytes + size > most) return nullptr;
        unsigned long long address = 0;
        Driver::call("cuMemAlloc_v2", &address, static_cast<size_t>(size));
        bytes += size;
        ++blocks;
        return reinterpret_cast<void*>(address);
    }
    bool deallocate(void* memory) noexcept override {
        --blocks;
        Driver::call("cuMemFree_v2", reinterpret_cast<unsigned long long>(memory));
        return true;
    }
    uint64_t bytes = 0, most = UINT64_MAX;
    int blocks = 0;
};

TEST(Device, HasWeightsAndActivationsInMemoryOfTheAllocator) {
    Driver::use(0);
    Logger logger;
    const Chain net;
    const auto plan = streamingPlan(logger, net, {});
    ASSERT_NE(plan, nullptr) << logger.all();
    Allocator allocator;
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    runtime->setGpuAllocator(&allocator);
    {
        const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
        ASSERT_NE(engine, nullptr) << logger.all();
        EXPECT_GE(allocator.bytes, Chain::kLayers * Chain::kCount * sizeof(float)) << "the weights";
        const uint64_t before = allocator.bytes;
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        EXPECT_GE(allocator.bytes - before, engine->getDeviceMemorySizeV2()) << "the activations";
        const auto values = ramp(Chain::kCount);
        const Floats x(values), y(Chain::kCount);
        void* bindings[] = {x.data(), y.data()};
        ASSERT_TRUE(context->executeV2(bindings)) << logger.all();
        EXPECT_LT(distance(net.expected(values), y.get()), 1e-4F);
    }
    EXPECT_EQ(allocator.blocks, 0);
    allocator.most = allocator.bytes;
    EXPECT_EQ(runtime->deserializeCudaEngine(plan->data(), plan->size()), nullptr);
    EXPECT_TRUE(logger.error("the application's allocator gave no memory")) << logger.all();
    EXPECT_EQ(allocator.blocks, 0);
}

TEST(Device, TriesTacticsAndNetworksInMemoryOfTheBuildersAllocator) {
    Driver::use(0);
    Logger logger;
    Allocator allocator;
    const std::vector<float> weights(8 * 9, 0.25F);
    const auto build = [&] {
        const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
        builder->setGpuAllocator(&allocator);
        const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
        const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
        ITensor* x = network->addInput("x", DataType::kFLOAT, Dims4(1, 8, 6, 6));
        auto* conv = network->addConvolutionNd(*x, 8, Dims2(3, 3), {DataType::kFLOAT, weights.data(), 72}, {});
        conv->setNbGroups(8);
        network->markOutput(*conv->getOutput(0));
        return std::unique_ptr<IHostMemory>(builder->buildSerializedNetwork(*network, *config));
    };
    EXPECT_NE(build(), nullptr) << logger.all();
    EXPECT_GT(allocator.bytes, (8 * 6 * 6 + 8 * 4 * 4 + 72) * sizeof(float));
    EXPECT_EQ(allocator.blocks, 0);
    allocator.most = allocator.bytes;
    EXPECT_EQ(build(), nullptr);
    EXPECT_TRUE(logger.error("the application's allocator gave no memory")) << logger.all();
    EXPECT_EQ(allocator.blocks, 0);
}

//! Weights of 4 bits, tuned for one row, with more rows than the tile for it has.
TEST(Device, MultipliesMoreRowsThanItWasTunedForByPackedWeights) {
    constexpr int64_t kInner = 512, kColumns = 72, kMost = 150;  // small weights become numbers in the build
    Driver::use(0);
    Logger logger;
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<INetworkDefinition> network(
        builder->createNetworkV2(1U << static_cast<uint32_t>(NetworkDefinitionCreationFlag::kSTRONGLY_TYPED)));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    const std::vector<uint8_t> weights(kInner * kColumns / 2, 0x31);  // 1, 3, 1, 3 ...
    const std::vector<uint16_t> scales(kColumns, 0x3800);             // 0.5
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims2(-1, kInner));
    auto* w = network->addConstant(Dims2(kInner, kColumns), {DataType::kINT4, weights.data(), kInner * kColumns});
    auto* s = network->addConstant(Dims2(1, kColumns), {DataType::kHALF, scales.data(), kColumns});
    auto* numbers = network->addDequantize(*w->getOutput(0), *s->getOutput(0), DataType::kHALF);
    numbers->setBlockShape(Dims2(kInner, 1));
    auto* y = network->addMatrixMultiply(*network->addCast(*x, DataType::kHALF)->getOutput(0), MatrixOperation::kNONE,
                                         *numbers->getOutput(0), MatrixOperation::kNONE);
    ITensor* out = network->addCast(*y->getOutput(0), DataType::kFLOAT)->getOutput(0);
    out->setName("y");
    network->markOutput(*out);
    auto* profile = builder->createOptimizationProfile();
    profile->setDimensions("x", OptProfileSelector::kMIN, Dims2(1, kInner));
    profile->setDimensions("x", OptProfileSelector::kOPT, Dims2(1, kInner));
    profile->setDimensions("x", OptProfileSelector::kMAX, Dims2(kMost, kInner));
    config->addOptimizationProfile(profile);
    config->setProfilingVerbosity(ProfilingVerbosity::kDETAILED);
    config->setBuilderOptimizationLevel(0);
    const std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
    ASSERT_NE(plan, nullptr) << logger.all();
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    ASSERT_NE(engine, nullptr) << logger.all();
    const std::unique_ptr<IEngineInspector> inspector(engine->createEngineInspector());
    const std::string layers = inspector->getEngineInformation(LayerInformationFormat::kONELINE);
    EXPECT_NE(layers.find("packed_product"), std::string::npos) << layers;
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    std::vector<float> values(kMost * kInner);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i / kInner % 5);
    const Floats in(values), result(kMost * kColumns);
    ASSERT_TRUE(context->setTensorAddress("x", in.data()) && context->setTensorAddress("y", result.data()));
    const Stream stream;
    for (const int64_t rows : {int64_t{1}, kMost, int64_t{7}}) {
        ASSERT_TRUE(context->setInputShape("x", Dims2(rows, kInner)));
        ASSERT_TRUE(context->enqueueV3(stream.as<cudaStream_t>())) << logger.all();
        const std::vector<float> got = result.get();
        for (int64_t i = 0; i < rows * kColumns; ++i) {
            const float sum = static_cast<float>(i / kColumns % 5) * kInner * (i % kColumns % 2 == 0 ? 0.5F : 1.5F);
            ASSERT_EQ(got[static_cast<size_t>(i)], sum) << rows << " rows, element " << i;
        }
    }
}

struct WeightStreaming : testing::Test {
    Logger logger;
    Chain net;
    std::unique_ptr<IRuntime> runtime;
    std::unique_ptr<ICudaEngine> engine;
    std::vector<float> values = ramp(Chain::kCount, -1), others = ramp(Chain::kCount, 3);

    void SetUp() override {
        Driver::use(0);
        const auto plan = streamingPlan(logger, net, {BuilderFlag::kWEIGHT_STREAMING});
        ASSERT_NE(plan, nullptr) << logger.all();
        runtime.reset(createInferRuntime(logger));
        engine.reset(runtime->deserializeCudaEngine(plan->data(), plan->size()));
        ASSERT_NE(engine, nullptr) << logger.all();
    }
    void expectRuns(IExecutionContext& context, int times) {
        const Stream stream;
        Floats x(values), y(Chain::kCount);
        ASSERT_TRUE(context.setTensorAddress("x", x.data()) && context.setTensorAddress("y", y.data()));
        for (int i = 0; i < times; ++i) {
            const auto& in = i % 2 == 0 ? values : others;
            x.set(in);
            ASSERT_TRUE(context.enqueueV3(stream.as<cudaStream_t>())) << logger.all();
            EXPECT_LT(distance(net.expected(in), y.get()), 1e-4F) << "inference " << i;
        }
    }
};

TEST_F(WeightStreaming, TakesAnyBudget) {
    const int64_t all = engine->getStreamableWeightsSize();
    ASSERT_GE(all, static_cast<int64_t>(Chain::kLayers * Chain::kCount * sizeof(float)));
    EXPECT_EQ(engine->getWeightStreamingBudgetV2(), all);
    EXPECT_EQ(engine->getWeightStreamingScratchMemorySize(), 0);
    EXPECT_EQ(engine->getWeightStreamingAutomaticBudget(), all) << "there is memory for them";
    for (const int64_t budget : {int64_t{0}, all / 2, all + 1000}) {
        ASSERT_TRUE(engine->setWeightStreamingBudgetV2(budget)) << logger.all();
        EXPECT_EQ(engine->getWeightStreamingBudgetV2(), std::min(budget, all));
        const bool streams = budget < all;
        EXPECT_EQ(engine->getWeightStreamingScratchMemorySize() > 0, streams);
        EXPECT_LT(engine->getWeightStreamingScratchMemorySize(), all);
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        ASSERT_NE(context, nullptr) << logger.all();
        expectRuns(*context, 5);
    }
    EXPECT_FALSE(engine->setWeightStreamingBudgetV2(-1));
    EXPECT_TRUE(logger.error("may be 0 to"));
}

TEST_F(WeightStreaming, KeepsItsBudgetWhileThereAreContexts) {
    ASSERT_TRUE(engine->setWeightStreamingBudgetV2(0));
    std::unique_ptr<IExecutionContext> one(engine->createExecutionContext()), two(engine->createExecutionContext());
    EXPECT_FALSE(engine->setWeightStreamingBudgetV2(engine->getStreamableWeightsSize()));
    EXPECT_TRUE(logger.error("while the engine has execution contexts")) << logger.all();
    expectRuns(*one, 2);
    expectRuns(*two, 3);
    expectRuns(*one, 3);
    one.reset();
    two.reset();
    EXPECT_TRUE(engine->setWeightStreamingBudgetV2(engine->getStreamableWeightsSize()));
}

TEST_F(WeightStreaming, IsRecordedByTheCaller) {
    ASSERT_TRUE(engine->setWeightStreamingBudgetV2(1024));
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    expectRuns(*context, 1);
    const Stream stream;
    Floats x(values), y(Chain::kCount);
    ASSERT_TRUE(context->setTensorAddress("x", x.data()) && context->setTensorAddress("y", y.data()));
    Recorded graph(stream, [&] { return context->enqueueV3(stream.as<cudaStream_t>()); });
    for (const auto& in : {values, others, values}) {
        x.set(in);
        graph.start(stream);
        EXPECT_LT(distance(net.expected(in), y.get()), 1e-4F);
    }
}

TEST_F(WeightStreaming, HasTheOlderBudgetToo) {
    EXPECT_EQ(engine->getWeightStreamingBudget(), 0);
    const int64_t least = engine->getMinimumWeightStreamingBudget();
    EXPECT_GT(least, 0);
    EXPECT_FALSE(engine->setWeightStreamingBudget(least - 1));
    EXPECT_TRUE(engine->setWeightStreamingBudget(least));
    EXPECT_EQ(engine->getWeightStreamingBudget(), least);
    EXPECT_EQ(engine->getWeightStreamingBudgetV2(), 0);
    EXPECT_TRUE(engine->setWeightStreamingBudget(-1)) << "all weights fit";
    EXPECT_EQ(engine->getWeightStreamingBudgetV2(), engine->getStreamableWeightsSize());
}

TEST_F(WeightStreaming, GoesOnWithOtherWeights) {
    const auto plan = streamingPlan(logger, net, {BuilderFlag::kWEIGHT_STREAMING, BuilderFlag::kREFIT});
    ASSERT_NE(plan, nullptr) << logger.all();
    engine.reset(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    ASSERT_TRUE(engine->setWeightStreamingBudgetV2(0)) << logger.all();
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    expectRuns(*context, 3);
    const std::unique_ptr<IRefitter> refitter(createInferRefitter(*engine, logger));
    for (float& w : net.weights[1]) w = w / 2 + 0.1F;
    ASSERT_TRUE(refitter->setWeights("conv1", WeightsRole::kKERNEL, {DataType::kFLOAT, net.weights[1].data(), 256}));
    ASSERT_TRUE(refitter->refitCudaEngine()) << logger.all();
    expectRuns(*context, 3);
}

TEST(WeightStreamingFlag, IsNeededWhenTheEngineIsBuilt) {
    Driver::use(0);
    Logger logger;
    Chain net;
    const auto plan = streamingPlan(logger, net, {});
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    EXPECT_EQ(engine->getStreamableWeightsSize(), 0);
    EXPECT_TRUE(engine->setWeightStreamingBudgetV2(0));
    EXPECT_FALSE(engine->setWeightStreamingBudgetV2(100));
    EXPECT_TRUE(logger.error("without BuilderFlag::kWEIGHT_STREAMING")) << logger.all();
}

TEST(TwoDevices, RunEnginesOfOnePlanInTwoThreads) {
    if (Driver::devices() < 2) GTEST_SKIP() << "there is one device";
    Driver::use(0);
    Logger logger;
    const Chain net;
    const auto plan = streamingPlan(logger, net, {});
    ASSERT_NE(plan, nullptr) << logger.all();
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    const auto work = [&](int device) {
        Driver::use(device);
        const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
        ASSERT_NE(engine, nullptr) << logger.all();
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        const Stream stream;
        Floats x(Chain::kCount), y(Chain::kCount);
        ASSERT_TRUE(context->setTensorAddress("x", x.data()) && context->setTensorAddress("y", y.data()));
        for (int i = 0; i < 6; ++i) {
            const auto values = ramp(Chain::kCount, static_cast<float>(i + 10 * device));
            x.set(values);
            ASSERT_TRUE(context->enqueueV3(stream.as<cudaStream_t>())) << logger.all();
            EXPECT_LT(distance(net.expected(values), y.get()), 1e-4F) << "device " << device << ", inference " << i;
        }
    };
    std::thread other(work, 1);
    work(0);
    other.join();
}

TEST(TwoDevices, LeaveTheCurrentOneAsItIs) {
    if (Driver::devices() < 2) GTEST_SKIP() << "there is one device";
    Driver::use(1);
    Logger logger;
    Running running(logger);
    const auto values = ramp(32), others = ramp(32, 5);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(running.run(values), running.loaded.net.expected(values));
    running.x.set(others);
    Driver::use(0);
    EXPECT_TRUE(running.context->enqueueV3(running.stream.as<cudaStream_t>())) << logger.all();
    EXPECT_EQ(Driver::current(), 0);
    std::unique_ptr<IExecutionContext> second(running.loaded.engine->createExecutionContext());
    EXPECT_EQ(Driver::current(), 0);
    EXPECT_TRUE(second->setInputShape("x", Dims2(8, 4)));
    void* bindings[] = {running.x.data(), running.y.data()};
    EXPECT_TRUE(second->executeV2(bindings)) << logger.all();
    second.reset();
    EXPECT_EQ(Driver::current(), 0);
    Driver::use(1);
    EXPECT_EQ(running.y.get(), running.loaded.net.expected(others));
    Driver::use(0);
    running.context.reset();
    running.loaded.engine.reset();
    EXPECT_EQ(Driver::current(), 0);
    Driver::use(1);
}

}  // namespace
}  // namespace devicetest
