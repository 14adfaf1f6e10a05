// SPDX-License-Identifier: Apache-2.0
// Execution contexts without a CUDA runtime: everything runs in the calling thread.
#include <thread>

#include "support.h"

namespace apitest {
namespace {

struct Context : testing::Test {
    Logger logger;
    Loaded loaded{logger};
    std::unique_ptr<IExecutionContext> context{loaded.engine->createExecutionContext()};
};

TEST_F(Context, KnowsShapesFromItsInputs) {
    EXPECT_FALSE(context->allInputDimensionsSpecified());
    EXPECT_EQ(context->getTensorShape("x").d[0], -1);
    EXPECT_EQ(context->getTensorShape("y").d[0], -1);
    EXPECT_EQ(context->getTensorStrides("x").d[0], 4);
    const char* missing = nullptr;
    EXPECT_EQ(context->inferShapes(1, &missing), 1);
    EXPECT_STREQ(missing, "x");
    EXPECT_EQ(context->getMaxOutputSize("y"), -1);
    ASSERT_TRUE(context->setInputShape("x", Dims2(3, 4)));
    EXPECT_TRUE(context->allInputDimensionsSpecified());
    EXPECT_TRUE(context->allInputShapesSpecified());
    EXPECT_EQ(context->inferShapes(0, nullptr), 0);
    EXPECT_EQ(context->getTensorShape("y").d[0], 3);
    EXPECT_EQ(context->getMaxOutputSize("y"), 48);
    EXPECT_GT(context->updateDeviceMemorySizeForShapes(), 0U);
    EXPECT_EQ(logger.all(), "");
}

TEST_F(Context, NamesTheDimensionOutOfRange) {
    Recorder recorder;
    context->setErrorRecorder(&recorder);
    EXPECT_FALSE(context->setInputShape("x", Dims2(9, 4)));
    EXPECT_FALSE(context->setInputShape("x", Dims2(0, 4)));
    EXPECT_FALSE(context->setInputShape("x", Dims2(1, 5)));
    EXPECT_FALSE(context->setInputShape("x", Dims3(1, 4, 1)));
    EXPECT_FALSE(context->setInputShape("y", Dims2(1, 4)));
    EXPECT_FALSE(context->setInputShape("z", Dims2(1, 4)));
    ASSERT_EQ(recorder.getNbErrors(), 6);
    EXPECT_NE(recorder.errors[0].second.find("9"), std::string::npos) << recorder.errors[0].second;
    EXPECT_NE(recorder.errors[0].second.find("1 to 8"), std::string::npos) << recorder.errors[0].second;
    context->setErrorRecorder(nullptr);
}

TEST_F(Context, RunsWithNamedAddresses) {
    auto x = ramp(12);
    std::vector<float> y(12);
    ASSERT_TRUE(context->setInputShape("x", Dims2(3, 4)));
    ASSERT_TRUE(context->setTensorAddress("x", x.data()));
    ASSERT_TRUE(context->setOutputTensorAddress("y", y.data()));
    EXPECT_EQ(context->getTensorAddress("x"), x.data());
    EXPECT_EQ(context->getOutputTensorAddress("y"), y.data());
    EXPECT_FALSE(context->setOutputTensorAddress("x", y.data()));
    EXPECT_FALSE(context->setInputTensorAddress("y", x.data()));
    ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
    EXPECT_EQ(y, loaded.net.expected(x));
}

TEST_F(Context, NamesTheMissingAddress) {
    auto x = ramp(4);
    context->setInputShape("x", Dims2(1, 4));
    EXPECT_FALSE(context->enqueueV3(nullptr));
    EXPECT_TRUE(logger.error("x: no address")) << logger.all();
    context->setTensorAddress("x", x.data());
    EXPECT_FALSE(context->enqueueV3(nullptr));
    EXPECT_TRUE(logger.error("y: no address")) << logger.all();
    EXPECT_FALSE(context->executeV2(nullptr));
}

TEST_F(Context, NamesTheMissingShape) {
    float memory[32] = {};
    void* bindings[] = {memory, memory + 16};
    EXPECT_FALSE(context->executeV2(bindings));
    EXPECT_TRUE(logger.error("setInputShape")) << logger.all();
}

TEST_F(Context, AsksOutputAllocators) {
    struct Output final : IOutputAllocator {
        void* reallocateOutputAsync(char const* name, void* current, uint64_t size, uint64_t, cudaStream_t) override {
            EXPECT_STREQ(name, "y");
            EXPECT_EQ(current, memory.empty() ? nullptr : memory.data());
            if (fail) return nullptr;
            memory.resize(size / sizeof(float));
            return memory.data();
        }
        void notifyShape(char const*, Dims const& d) override { dims = d; }
        std::vector<float> memory;
        Dims dims{};
        bool fail = false;
    } output;
    auto x = ramp(8);
    context->setInputShape("x", Dims2(2, 4));
    context->setTensorAddress("x", x.data());
    ASSERT_TRUE(context->setOutputAllocator("y", &output));
    EXPECT_EQ(context->getOutputAllocator("y"), &output);
    EXPECT_FALSE(context->setOutputAllocator("x", &output));
    for (int run = 0; run < 2; ++run) {
        ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
        EXPECT_EQ(output.memory, loaded.net.expected(x));
    }
    EXPECT_EQ(output.dims.d[0], 2);
    output.fail = true;
    EXPECT_FALSE(context->enqueueV3(nullptr));
    EXPECT_TRUE(logger.error("output allocator")) << logger.all();
}

TEST_F(Context, ReportsTimesOfLayers) {
    struct Profiler final : IProfiler {
        void reportLayerTime(char const* name, float ms) override {
            names.emplace_back(name);
            EXPECT_GE(ms, 0);
        }
        std::vector<std::string> names;
    } profiler;
    context->setProfiler(&profiler);
    EXPECT_EQ(context->getProfiler(), &profiler);
    EXPECT_TRUE(context->getEnqueueEmitsProfile());
    EXPECT_FALSE(context->reportToProfiler());
    const auto x = ramp(4);
    ASSERT_EQ(infer(*context, x), loaded.net.expected(x));
    EXPECT_EQ(profiler.names.size(), static_cast<size_t>(loaded.engine->getNbLayers()));
    context->setEnqueueEmitsProfile(false);
    std::vector<float> in = x, y(4);
    context->setTensorAddress("x", in.data());
    context->setTensorAddress("y", y.data());
    profiler.names.clear();
    ASSERT_TRUE(context->enqueueV3(nullptr));
    EXPECT_TRUE(profiler.names.empty());
    EXPECT_TRUE(context->reportToProfiler()) << logger.all();
    EXPECT_EQ(profiler.names.size(), static_cast<size_t>(loaded.engine->getNbLayers()));
}

TEST_F(Context, KeepsItsSettings) {
    context->setName("mine");
    EXPECT_STREQ(context->getName(), "mine");
    context->setDebugSync(true);
    EXPECT_TRUE(context->getDebugSync());
    context->setPersistentCacheLimit(7);
    EXPECT_EQ(context->getPersistentCacheLimit(), 7U);
    EXPECT_FALSE(context->setNvtxVerbosity(ProfilingVerbosity::kDETAILED));
    EXPECT_TRUE(context->setNvtxVerbosity(ProfilingVerbosity::kNONE));
    EXPECT_EQ(context->getNvtxVerbosity(), ProfilingVerbosity::kNONE);
    EXPECT_EQ(&context->getEngine(), loaded.engine.get());
    EXPECT_EQ(context->getOptimizationProfile(), 0);
    EXPECT_FALSE(context->setOptimizationProfileAsync(1, nullptr));
    EXPECT_FALSE(context->setCommunicator(this));
    EXPECT_FALSE(context->setTensorDebugState("y", true));
    const std::unique_ptr<IRuntimeConfig> config(context->getRuntimeConfig());
    EXPECT_EQ(config->getExecutionContextAllocationStrategy(), ExecutionContextAllocationStrategy::kSTATIC);
}

TEST_F(Context, RunsBesideOthersInThreads) {
    std::vector<std::thread> threads;
    std::vector<int> wrong(4, 0);
    for (size_t t = 0; t < wrong.size(); ++t) {
        threads.emplace_back([&, t] {
            const std::unique_ptr<IExecutionContext> own(loaded.engine->createExecutionContext());
            for (size_t run = 0; run < 50; ++run) {
                const auto x = ramp(4 * (1 + (run + t) % 8), static_cast<float>(t));
                wrong[t] += infer(*own, x) != loaded.net.expected(x);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

//! A network that needs activation memory: two chained convolutions between which a tensor lives.
struct Memory : testing::Test {
    Logger logger;
    Allocator allocator;
    std::vector<float> weights = ramp(4 * 4 * 3 * 3);
    std::unique_ptr<IHostMemory> plan;

    void SetUp() override {
        const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
        const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
        const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
        ITensor* x = network->addInput("x", DataType::kFLOAT, Dims4(1, 4, 8, 8));
        const Weights kernel{DataType::kFLOAT, weights.data(), static_cast<int64_t>(weights.size())};
        const Weights none{DataType::kFLOAT, nullptr, 0};
        ITensor* t = network->addConvolutionNd(*x, 4, Dims2(3, 3), kernel, none)->getOutput(0);
        t = network->addConvolutionNd(*t, 4, Dims2(3, 3), kernel, none)->getOutput(0);
        t->setName("y");
        network->markOutput(*t);
        plan.reset(builder->buildSerializedNetwork(*network, *config));
        ASSERT_NE(plan, nullptr) << logger.all();
    }
    //! Load, create, run; the step that failed, or empty.
    std::string lifeCycle() {
        const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
        runtime->setGpuAllocator(&allocator);
        const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
        if (!engine) return "load";
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        if (!context) return "create";
        std::vector<float> x(256, 1), y(64);
        void* bindings[] = {x.data(), y.data()};
        return context->executeV2(bindings) ? "" : "run";
    }
};

TEST_F(Memory, ComesFromTheAllocatorAndGoesBack) {
    EXPECT_EQ(lifeCycle(), "") << logger.all();
    EXPECT_GT(allocator.count, 0);
    EXPECT_TRUE(allocator.live.empty());
}

TEST_F(Memory, MayBeRefusedAtEveryAllocation) {
    ASSERT_EQ(lifeCycle(), "");
    const int total = allocator.count;
    for (int fail = 1; fail <= total; ++fail) {
        allocator.count = 0;
        allocator.failAt = fail;
        logger.lines.clear();
        EXPECT_NE(lifeCycle(), "") << fail;
        EXPECT_TRUE(logger.error("allocator gave no memory")) << logger.all();
        EXPECT_TRUE(allocator.live.empty()) << fail;
    }
}

TEST_F(Memory, OfActivationsMayBeTheUsers) {
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    const int64_t size = engine->getDeviceMemorySizeV2();
    ASSERT_GT(size, 0);
    const std::unique_ptr<IExecutionContext> context(
        engine->createExecutionContext(ExecutionContextAllocationStrategy::kUSER_MANAGED));
    std::vector<float> x(256, 1), y(64);
    void* bindings[] = {x.data(), y.data()};
    EXPECT_FALSE(context->executeV2(bindings));
    EXPECT_TRUE(logger.error("setDeviceMemoryV2")) << logger.all();
    void* memory = allocator.allocate(static_cast<uint64_t>(size), 256, 0);
    context->setDeviceMemoryV2(memory, size - 1);
    EXPECT_FALSE(context->executeV2(bindings));
    context->setDeviceMemoryV2(memory, size);
    EXPECT_TRUE(context->executeV2(bindings)) << logger.all();
    allocator.deallocate(memory);
    const std::unique_ptr<IExecutionContext> own(engine->createExecutionContext());
    logger.lines.clear();
    own->setDeviceMemoryV2(memory, size);
    EXPECT_TRUE(logger.error("kUSER_MANAGED")) << logger.all();
}

TEST_F(Memory, MayComeFromATemporaryAllocator) {
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    {
        const std::unique_ptr<IExecutionContext> context(
            engine->createExecutionContext(ExecutionContextAllocationStrategy::kON_PROFILE_CHANGE));
        ASSERT_TRUE(context->setTemporaryStorageAllocator(&allocator));
        EXPECT_EQ(context->getTemporaryStorageAllocator(), &allocator);
        std::vector<float> x(256, 1), y(64);
        void* bindings[] = {x.data(), y.data()};
        ASSERT_TRUE(context->executeV2(bindings)) << logger.all();
        EXPECT_GT(allocator.count, 0);
    }
    EXPECT_TRUE(allocator.live.empty());
}

}  // namespace
}  // namespace apitest
