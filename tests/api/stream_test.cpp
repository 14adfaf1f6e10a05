// SPDX-License-Identifier: Apache-2.0
// Execution contexts with a CUDA runtime in the process: inferences take their place in streams.
#include <algorithm>
#include <cuda_runtime_api.h>
#include <thread>

#include "support.h"

namespace apitest {
namespace {

struct Streams : testing::Test {
    Logger logger;
    Loaded loaded{logger};
    std::unique_ptr<IExecutionContext> context{loaded.engine->createExecutionContext()};
    cudaStream_t stream = nullptr;
    float* x = nullptr;
    float* y = nullptr;
    static constexpr size_t kCount = 32;

    void SetUp() override {
        ASSERT_EQ(cudaStreamCreate(&stream), cudaSuccess);
        ASSERT_EQ(cudaMalloc(reinterpret_cast<void**>(&x), kCount * sizeof(float)), cudaSuccess);
        ASSERT_EQ(cudaMalloc(reinterpret_cast<void**>(&y), kCount * sizeof(float)), cudaSuccess);
        ASSERT_TRUE(context->setInputShape("x", Dims2(8, 4)));
        ASSERT_TRUE(context->setTensorAddress("x", x));
        ASSERT_TRUE(context->setTensorAddress("y", y));
    }
    void TearDown() override {
        EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
        cudaStreamDestroy(stream);
        cudaFree(x);
        cudaFree(y);
    }
    void copyIn(const std::vector<float>& from) {
        ASSERT_EQ(cudaMemcpyAsync(x, from.data(), kCount * sizeof(float), cudaMemcpyHostToDevice, stream), cudaSuccess);
    }
    void copyOut(std::vector<float>& to) {
        to.assign(kCount, -1);
        ASSERT_EQ(cudaMemcpyAsync(to.data(), y, kCount * sizeof(float), cudaMemcpyDeviceToHost, stream), cudaSuccess);
    }
    void wait() { ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess); }
};

//! Holds a stream up until it is let go.
struct Gate {
    explicit Gate(cudaStream_t stream) { cudaLaunchHostFunc(stream, &Gate::hold, this); }
    static void hold(void* gate) { static_cast<Gate*>(gate)->mutex.lock(), static_cast<Gate*>(gate)->mutex.unlock(); }
    std::mutex mutex;
};

TEST_F(Streams, OrderCopiesAndInferences) {
    const auto first = ramp(kCount), second = ramp(kCount, 3);
    std::vector<float> firstOut, secondOut;
    copyIn(first);
    ASSERT_TRUE(context->enqueueV3(stream)) << logger.all();
    copyOut(firstOut);
    copyIn(second);
    ASSERT_TRUE(context->enqueueV3(stream)) << logger.all();
    copyOut(secondOut);
    wait();
    EXPECT_EQ(firstOut, loaded.net.expected(first));
    EXPECT_EQ(secondOut, loaded.net.expected(second));
}

TEST_F(Streams, KeepAddressesAndShapesOfTheEnqueue) {
    const auto in = ramp(kCount);
    std::vector<float> out, other(kCount, -1), otherOut(kCount, -1);
    copyIn(in);
    {
        Gate gate(stream);
        const std::lock_guard closed(gate.mutex);
        ASSERT_TRUE(context->enqueueV3(stream));
        ASSERT_TRUE(context->setInputShape("x", Dims2(1, 4)));
        ASSERT_TRUE(context->setTensorAddress("x", other.data()));
        ASSERT_TRUE(context->setTensorAddress("y", otherOut.data()));
    }
    copyOut(out);
    wait();
    EXPECT_EQ(out, loaded.net.expected(in));
    EXPECT_EQ(otherOut, std::vector<float>(kCount, -1));
}

TEST_F(Streams, DoNotWaitForTheInference) {
    std::mutex closed;
    closed.lock();
    cudaLaunchHostFunc(
        stream, [](void* m) { static_cast<std::mutex*>(m)->lock(), static_cast<std::mutex*>(m)->unlock(); }, &closed);
    ASSERT_TRUE(context->enqueueV3(stream));
    EXPECT_EQ(cudaStreamQuery(stream), cudaErrorNotReady);
    closed.unlock();
    wait();
}

TEST_F(Streams, OutliveTheirContext) {
    const auto in = ramp(kCount);
    std::vector<float> out;
    copyIn(in);
    ASSERT_TRUE(context->enqueueV3(stream));
    context.reset();
    copyOut(out);
    wait();
    EXPECT_EQ(out, loaded.net.expected(in));
}

TEST_F(Streams, RecordTheEventOfConsumedInputs) {
    cudaEvent_t event = nullptr;
    ASSERT_EQ(cudaEventCreate(&event), cudaSuccess);
    ASSERT_TRUE(context->setInputConsumedEvent(event));
    EXPECT_EQ(context->getInputConsumedEvent(), event);
    const auto in = ramp(kCount);
    copyIn(in);
    ASSERT_TRUE(context->enqueueV3(stream));
    ASSERT_EQ(cudaEventSynchronize(event), cudaSuccess);
    const std::vector<float> got(y, y + kCount);  // device memory is host memory here
    EXPECT_EQ(got, loaded.net.expected(in));
    context->setInputConsumedEvent(nullptr);
    cudaEventDestroy(event);
}

TEST_F(Streams, AreCapturedIntoGraphs) {
    std::vector<float> in = ramp(kCount), out(kCount);
    ASSERT_TRUE(context->enqueueV3(stream));  // once before the capture, as programs do
    wait();
    ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), cudaSuccess);
    copyIn(in);
    ASSERT_TRUE(context->enqueueV3(stream)) << logger.all();
    ASSERT_EQ(cudaMemcpyAsync(out.data(), y, kCount * sizeof(float), cudaMemcpyDeviceToHost, stream), cudaSuccess);
    cudaGraph_t graph = nullptr;
    ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
    cudaGraphExec_t replay = nullptr;
    ASSERT_EQ(cudaGraphInstantiate(&replay, graph, 0), cudaSuccess);
    for (int run = 0; run < 3; ++run) {
        const auto next = ramp(kCount, static_cast<float>(run));
        std::copy(next.begin(), next.end(), in.begin());  // into the memory that was captured
        ASSERT_EQ(cudaGraphLaunch(replay, stream), cudaSuccess);
        wait();
        EXPECT_EQ(out, loaded.net.expected(in)) << run;
    }
    cudaGraphExecDestroy(replay);
    cudaGraphDestroy(graph);
}

TEST_F(Streams, RunContextsSideBySide) {
    const std::unique_ptr<IExecutionContext> other(loaded.engine->createExecutionContext());
    cudaStream_t second = nullptr;
    ASSERT_EQ(cudaStreamCreate(&second), cudaSuccess);
    std::vector<float> in = ramp(kCount, 1), otherIn = ramp(4, 2), otherOut(4), out;
    other->setInputShape("x", Dims2(1, 4));
    other->setTensorAddress("x", otherIn.data());
    other->setTensorAddress("y", otherOut.data());
    copyIn(in);
    for (int run = 0; run < 100; ++run) {
        ASSERT_TRUE(context->enqueueV3(stream));
        ASSERT_TRUE(other->enqueueV3(second));
    }
    copyOut(out);
    ASSERT_EQ(cudaStreamSynchronize(second), cudaSuccess);
    wait();
    EXPECT_EQ(out, loaded.net.expected(in));
    EXPECT_EQ(otherOut, loaded.net.expected(otherIn));
    cudaStreamDestroy(second);
}

TEST_F(Streams, AskForKnownOutputsWhenEnqueued) {
    struct Output final : IOutputAllocator {
        void* reallocateOutputAsync(char const*, void*, uint64_t size, uint64_t, cudaStream_t onStream) override {
            EXPECT_EQ(std::this_thread::get_id(), thread);
            EXPECT_EQ(onStream, stream);
            memory.resize(size / sizeof(float));
            return memory.data();
        }
        void notifyShape(char const*, Dims const& d) override { dims = d; }
        std::thread::id thread = std::this_thread::get_id();
        cudaStream_t stream = nullptr;
        std::vector<float> memory;
        Dims dims{};
    } output;
    output.stream = stream;
    const auto in = ramp(kCount);
    copyIn(in);
    context->setOutputAllocator("y", &output);
    ASSERT_TRUE(context->enqueueV3(stream)) << logger.all();
    EXPECT_EQ(output.dims.d[0], 8);
    wait();
    EXPECT_EQ(output.memory, loaded.net.expected(in));
}

TEST_F(Streams, ReportTimesWhenAsked) {
    struct Profiler final : IProfiler {
        void reportLayerTime(char const*, float) override { ++layers; }
        int32_t layers = 0;
    } profiler;
    context->setProfiler(&profiler);
    context->setEnqueueEmitsProfile(false);
    ASSERT_TRUE(context->enqueueV3(stream));
    EXPECT_TRUE(context->reportToProfiler());
    EXPECT_EQ(profiler.layers, loaded.engine->getNbLayers());
    context->setEnqueueEmitsProfile(true);
    ASSERT_TRUE(context->enqueueV3(stream));
    EXPECT_EQ(profiler.layers, 2 * loaded.engine->getNbLayers());
}

//! Two convolutions, between which a tensor needs activation memory: x of 256 elements, y of 64.
std::unique_ptr<ICudaEngine> convolutions(Logger& logger) {
    const std::vector<float> weights = ramp(4 * 4 * 3 * 3);
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    ITensor* t = network->addInput("x", DataType::kFLOAT, Dims4(1, 4, 8, 8));
    for (int layer = 0; layer < 2; ++layer) {
        t = network->addConvolutionNd(*t, 4, Dims2(3, 3), {DataType::kFLOAT, weights.data(), 144}, {})->getOutput(0);
    }
    t->setName("y");
    network->markOutput(*t);
    return std::unique_ptr<ICudaEngine>(builder->buildEngineWithConfig(*network, *config));
}

TEST_F(Streams, KeepTheActivationMemoryOfAContextThatIsGone) {
    const auto engine = convolutions(logger);
    ASSERT_NE(engine, nullptr) << logger.all();
    std::vector<float> in(256, 1), first(64, -1), second(64, -2);
    std::unique_ptr<IExecutionContext> own(engine->createExecutionContext());
    own->setTensorAddress("x", in.data());
    own->setTensorAddress("y", first.data());
    ASSERT_TRUE(own->enqueueV3(stream));
    wait();
    own->setTensorAddress("y", second.data());
    ASSERT_TRUE(own->enqueueV3(stream));
    own.reset();
    wait();
    EXPECT_EQ(first, second);
}

TEST_F(Streams, LetTheNextEnqueueTellAnErrorOfTheLast) {
    const auto engine = convolutions(logger);
    ASSERT_NE(engine, nullptr) << logger.all();
    std::vector<float> in(256, 1), out(64);
    Allocator allocator;
    Recorder recorder;
    const std::unique_ptr<IExecutionContext> own(
        engine->createExecutionContext(ExecutionContextAllocationStrategy::kON_PROFILE_CHANGE));
    own->setTemporaryStorageAllocator(&allocator);
    own->setErrorRecorder(&recorder);
    own->setTensorAddress("x", in.data());
    own->setTensorAddress("y", out.data());
    allocator.failAt = 1;
    ASSERT_TRUE(own->enqueueV3(stream));
    wait();
    ASSERT_EQ(recorder.getNbErrors(), 1);
    EXPECT_EQ(recorder.getErrorCode(0), ErrorCode::kFAILED_ALLOCATION);
    EXPECT_FALSE(own->enqueueV3(stream));
    EXPECT_TRUE(own->enqueueV3(stream)) << logger.all();
    wait();
    own->setErrorRecorder(nullptr);
}

TEST_F(Streams, ServeNumberedBindings) {
    const auto in = ramp(kCount);
    std::vector<float> out;
    cudaEvent_t consumed = nullptr;
    ASSERT_EQ(cudaEventCreate(&consumed), cudaSuccess);
    void* bindings[] = {x, y};
    copyIn(in);
    ASSERT_TRUE(context->enqueueV2(bindings, stream, &consumed)) << logger.all();
    copyOut(out);
    wait();
    EXPECT_EQ(cudaEventQuery(consumed), cudaSuccess);
    EXPECT_EQ(out, loaded.net.expected(in));
    cudaEventDestroy(consumed);
}

}  // namespace
}  // namespace apitest
