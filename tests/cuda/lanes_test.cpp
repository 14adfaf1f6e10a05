// SPDX-License-Identifier: Apache-2.0
// Engines whose independent branches run in streams of their own. On the emulated device work of different streams runs
// in changing order, so whatever waits too little is seen here as wrong numbers.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <gtest/gtest.h>
#include <memory>

#include "../api/support.h"
#include "device.h"

namespace devicetest {
namespace {

using namespace apitest;  // NOLINT: loggers

constexpr int kBranches = 3, kLength = 2;
constexpr size_t kChannels = 16, kPlaces = 16, kWeights = kChannels * kChannels, kCount = kChannels * kPlaces;

using Values = std::vector<float>;

Values products(const Values& weights, const Values& x, size_t images) {
    Values y(x.size(), 0);
    for (size_t n = 0; n < images; ++n) {
        for (size_t k = 0; k < kChannels; ++k) {
            for (size_t c = 0; c < kChannels; ++c) {
                const float w = weights[k * kChannels + c];
                for (size_t p = 0; p < kPlaces; ++p)
                    y[n * kCount + k * kPlaces + p] += w * x[n * kCount + c * kPlaces + p];
            }
        }
    }
    for (float& value : y) value = std::max(value, 0.0F);
    return y;
}

//! More layers behind the head and behind the first result.
using Addition = std::function<void(INetworkDefinition& network, ITensor& head, ITensor& sum)>;

//! A convolution, branches of several convolutions each, and their results: those of the first two added up, and every
//! other one for itself.
struct Branches {
    Branches() : weights(1 + kBranches * kLength, Values(kWeights)) {
        for (size_t l = 0; l < weights.size(); ++l) {
            for (size_t i = 0; i < kWeights; ++i) weights[l][i] = std::sin(static_cast<float>((l + 1) * i * i)) / 3;
        }
    }
    Values& weightsOf(int branch, int layer) { return weights[1 + static_cast<size_t>(branch * kLength + layer)]; }
    ITensor* product(INetworkDefinition& network, ITensor* x, const Values& w) const {
        auto* conv = network.addConvolutionNd(*x, kChannels, Dims2(1, 1), {DataType::kFLOAT, w.data(), kWeights}, {});
        conv->setName(("conv" + std::to_string(&w - weights.data())).c_str());
        return network.addActivation(*conv->getOutput(0), ActivationType::kRELU)->getOutput(0);
    }
    //! `alsoOn` is told of the tensors before they become results.
    void define(INetworkDefinition& network, int32_t batch, const Addition& alsoOn) {
        ITensor* x = network.addInput("x", DataType::kFLOAT, Dims4(batch, kChannels, 4, 4));
        ITensor* head = product(network, x, weights[0]);
        std::vector<ITensor*> ends;
        for (int b = 0; b < kBranches; ++b) {
            ITensor* at = b == kBranches - 1 ? x : head;  // the last one reads the input itself
            for (int l = 0; l < kLength; ++l) at = product(network, at, weightsOf(b, l));
            ends.push_back(at);
        }
        ITensor* sum = network.addElementWise(*ends[0], *ends[1], ElementWiseOperation::kSUM)->getOutput(0);
        ends.erase(ends.begin());
        ends[0] = sum;
        if (alsoOn) alsoOn(network, *head, *sum);
        for (size_t o = 0; o < ends.size(); ++o) {
            ends[o]->setName(("y" + std::to_string(o)).c_str());
            network.markOutput(*ends[o]);
        }
    }
    std::vector<Values> expected(const Values& x) {
        const size_t images = x.size() / kCount;
        const Values head = products(weights[0], x, images);
        std::vector<Values> ends;
        for (int b = 0; b < kBranches; ++b) {
            Values at = b == kBranches - 1 ? x : head;
            for (int l = 0; l < kLength; ++l) at = products(weightsOf(b, l), at, images);
            ends.push_back(at);
        }
        for (size_t i = 0; i < ends[0].size(); ++i) ends[1][i] += ends[0][i];
        ends.erase(ends.begin());
        return ends;
    }
    std::vector<Values> weights;
};

float distance(const Values& a, const Values& b) {
    float most = 0, worst = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        if (std::isnan(b[i])) return 1;
        most = std::max(most, std::fabs(a[i]));
        worst = std::max(worst, std::fabs(a[i] - b[i]));
    }
    return worst / most;
}

Values inputOf(int seed, size_t images = 1) {
    Values values(kCount * images);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = std::cos(static_cast<float>(i * i) + static_cast<float>(seed));
    return values;
}

//! With replays of inferences, or with every launch made again.
struct Replays {
    explicit Replays(bool on) { setenv("OPENTRT_REPLAY", on ? "1" : "0", 1); }
    ~Replays() { unsetenv("OPENTRT_REPLAY"); }
};

struct FirstDevice {
    FirstDevice() { Driver::use(0); }
};

struct Lanes : testing::Test {
    FirstDevice device;
    Logger logger;
    Branches net;
    std::unique_ptr<IRuntime> runtime;
    std::unique_ptr<ICudaEngine> engine;
    std::unique_ptr<IExecutionContext> context;
    Stream stream;
    std::unique_ptr<Floats> x, y[kBranches - 1];

    void build(int32_t auxStreams, std::initializer_list<BuilderFlag> flags = {}, int32_t batch = 1,
               const Addition& alsoOn = {}) {
        const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
        const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
        const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
        net.define(*network, batch, alsoOn);
        for (const BuilderFlag flag : flags) config->setFlag(flag);
        config->clearFlag(BuilderFlag::kTF32);
        config->setBuilderOptimizationLevel(0);
        config->setProfilingVerbosity(ProfilingVerbosity::kDETAILED);
        EXPECT_TRUE(config->setMaxAuxStreams(auxStreams));
        if (batch < 0) {
            IOptimizationProfile* profile = builder->createOptimizationProfile();
            profile->setDimensions("x", OptProfileSelector::kMIN, Dims4(1, kChannels, 4, 4));
            profile->setDimensions("x", OptProfileSelector::kOPT, Dims4(2, kChannels, 4, 4));
            profile->setDimensions("x", OptProfileSelector::kMAX, Dims4(3, kChannels, 4, 4));
            config->addOptimizationProfile(profile);
        }
        const std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
        ASSERT_NE(plan, nullptr) << logger.all();
        runtime.reset(createInferRuntime(logger));
        engine.reset(runtime->deserializeCudaEngine(plan->data(), plan->size()));
        ASSERT_NE(engine, nullptr) << logger.all();
    }
    void start(size_t images = 1) {
        context.reset(engine->createExecutionContext());
        bind(images);
    }
    void bind(size_t images) {
        x = std::make_unique<Floats>(kCount * images);
        ASSERT_TRUE(context->setTensorAddress("x", x->data()));
        for (size_t o = 0; o < std::size(y); ++o) {
            y[o] = std::make_unique<Floats>(kCount * images);
            ASSERT_TRUE(context->setTensorAddress(("y" + std::to_string(o)).c_str(), y[o]->data()));
        }
    }
    void expectResults(const Values& in, const std::string& where) {
        const auto expected = net.expected(in);
        for (size_t o = 0; o < std::size(y); ++o)
            EXPECT_LT(distance(expected[o], y[o]->get(stream)), 1e-4F)
                << "output " << o << " of " << where << logger.all();
    }
    void expectRuns(int times, size_t images = 1) {
        for (int i = 0; i < times; ++i) {
            const Values in = inputOf(i, images);
            x->set(in);
            ASSERT_TRUE(context->enqueueV3(stream.as<cudaStream_t>())) << logger.all();
            expectResults(in, "inference " + std::to_string(i));
        }
    }
};

TEST_F(Lanes, RunBranchesInStreamsOfTheContext) {
    build(2);
    EXPECT_EQ(engine->getNbAuxStreams(), 2);
    for (const bool replayed : {false, true}) {
        const Replays replays(replayed);
        start();
        expectRuns(5);
    }
    const Values in = inputOf(9);
    x->set(in);
    void* bindings[] = {x->data(), y[0]->data(), y[1]->data()};
    EXPECT_TRUE(context->executeV2(bindings));
    expectResults(in, "executeV2");
}

TEST_F(Lanes, AreAsManyAsAreAllowed) {
    build(0);
    EXPECT_EQ(engine->getNbAuxStreams(), 0);
    build(1);
    EXPECT_EQ(engine->getNbAuxStreams(), 1);
    EXPECT_TRUE(logger.has(ILogger::Severity::kINFO, "Auxiliary streams: 1")) << logger.all();
    start();
    expectRuns(4);
    const std::unique_ptr<IEngineInspector> inspector(engine->createEngineInspector());
    const std::string text = inspector->getEngineInformation(LayerInformationFormat::kJSON);
    EXPECT_NE(text.find("\"StreamId\": 1"), std::string::npos) << text;
}

TEST_F(Lanes, UseTheCallersStreams) {
    const Replays replays(false);
    build(2);
    start();
    Stream one, two;
    cudaStream_t given[] = {one.as<cudaStream_t>(), two.as<cudaStream_t>(), nullptr, nullptr};
    for (const int32_t count : {1, 4, 0}) {
        context->setAuxStreams(given, count);
        expectRuns(2);
    }
    context->setAuxStreams(nullptr, 2);
    EXPECT_TRUE(logger.error("2 streams at a null address")) << logger.all();
    context->setAuxStreams(given, -1);
    EXPECT_TRUE(logger.error("-1 streams")) << logger.all();
    expectRuns(1);
}

TEST_F(Lanes, AreRecordedByTheCaller) {
    build(2);
    start();
    Stream one;
    cudaStream_t given[] = {one.as<cudaStream_t>()};
    for (const int32_t count : {0, 1}) {
        context->setAuxStreams(given, count);
        const Recorded graph(stream, [&] { return context->enqueueV3(stream.as<cudaStream_t>()); });
        for (int i = 0; i < 3; ++i) {
            const Values in = inputOf(i);
            x->set(in);
            graph.start(stream);
            expectResults(in, "recording " + std::to_string(i));
        }
        expectRuns(1);
    }
}

TEST_F(Lanes, RunOneAfterTheOtherForAProfiler) {
    build(2);
    start();
    struct Profiler final : IProfiler {
        void reportLayerTime(char const*, float) noexcept override { ++layers; }
        int32_t layers = 0;
    } profiler;
    context->setProfiler(&profiler);
    expectRuns(2);
    EXPECT_EQ(profiler.layers, 2 * engine->getNbLayers());
    context->setProfiler(nullptr);
    expectRuns(4);
}

//! The input may be overwritten as soon as the event says so, while branches are still at work.
TEST_F(Lanes, TellWhenAllBranchesHaveReadTheInputs) {
    build(2);
    void* event = nullptr;
    Driver::call("cuEventCreate", &event, 2u);
    for (const bool replayed : {false, true}) {
        const Replays replays(replayed);
        start();
        ASSERT_TRUE(context->setInputConsumedEvent(static_cast<cudaEvent_t>(event)));
        for (int i = 0; i < 4; ++i) {
            const Values in = inputOf(i);
            x->set(in);
            ASSERT_TRUE(context->enqueueV3(stream.as<cudaStream_t>())) << logger.all();
            Driver::call("cuEventSynchronize", event);
            x->set(inputOf(i + 100));
            expectResults(in, "inference " + std::to_string(i));
        }
    }
    context.reset();
    Driver::call("cuEventDestroy_v2", event);
}

TEST_F(Lanes, FollowOtherSizes) {
    build(2, {}, -1);
    EXPECT_EQ(engine->getNbAuxStreams(), 2);
    context.reset(engine->createExecutionContext());
    for (const int64_t images : {2, 3, 1}) {
        ASSERT_TRUE(context->setInputShape("x", Dims4(images, kChannels, 4, 4)));
        bind(static_cast<size_t>(images));
        expectRuns(2, static_cast<size_t>(images));
    }
}

TEST_F(Lanes, BringStreamedWeights) {
    build(2, {BuilderFlag::kWEIGHT_STREAMING});
    EXPECT_EQ(engine->getNbAuxStreams(), 2);
    ASSERT_TRUE(engine->setWeightStreamingBudgetV2(0)) << logger.all();
    for (const bool replayed : {false, true}) {
        const Replays replays(replayed);
        start();
        expectRuns(4);
    }
}

TEST_F(Lanes, GoOnWithOtherWeights) {
    build(2, {BuilderFlag::kREFIT});
    start();
    expectRuns(3);
    const std::unique_ptr<IRefitter> refitter(createInferRefitter(*engine, logger));
    Values& changed = net.weightsOf(2, 1);
    for (float& w : changed) w = w / 2 + 0.1F;
    const std::string layer = "conv" + std::to_string(&changed - net.weights.data());
    ASSERT_TRUE(
        refitter->setWeights(layer.c_str(), WeightsRole::kKERNEL, {DataType::kFLOAT, changed.data(), kWeights}));
    ASSERT_TRUE(refitter->refitCudaEngine()) << logger.all();
    EXPECT_EQ(engine->getNbAuxStreams(), 2);
    expectRuns(5);
}

TEST_F(Lanes, ShowTensorsToADebugListener) {
    build(2, {}, 1, [](INetworkDefinition& network, ITensor& head, ITensor&) {
        head.setName("head");
        EXPECT_TRUE(network.markDebug(head));
    });
    struct Listener final : IDebugListener {
        bool processDebugTensor(void const* at, TensorLocation, DataType, Dims64 const&, char const*,
                                cudaStream_t from) noexcept override {
            const auto address = reinterpret_cast<unsigned long long>(at);
            Driver::call("cuMemcpyDtoHAsync_v2", static_cast<void*>(seen.data()), address, kCount * sizeof(float),
                         from);
            Driver::call("cuStreamSynchronize", from);
            return true;
        }
        Values seen = Values(kCount);
    } listener;
    start();
    expectRuns(2);
    ASSERT_TRUE(context->setDebugListener(&listener) && context->setTensorDebugState("head", true));
    expectRuns(2);
    EXPECT_LT(distance(products(net.weights[0], inputOf(1), 1), listener.seen), 1e-4F);
    context->setDebugListener(nullptr);
    expectRuns(3);
}

//! Some layers run on the host, between copies, and tell sizes that nobody knows before.
TEST_F(Lanes, WaitForLayersOnTheHost) {
    build(2, {}, 1, [](INetworkDefinition& network, ITensor&, ITensor& sum) {
        auto* layer = network.addNonZero(sum);
        layer->setName("count them");
        ITensor* places = layer->getOutput(0);
        places->setName("places");
        network.markOutput(*places);
    });
    EXPECT_EQ(engine->getNbAuxStreams(), 2);
    struct Places final : IOutputAllocator {
        void* reallocateOutputAsync(char const*, void*, uint64_t size, uint64_t, cudaStream_t) noexcept override {
            memory = std::make_unique<Floats>(size / sizeof(float) + 1);
            return memory->data();
        }
        void notifyShape(char const*, Dims const& dims) noexcept override { count = dims.d[1]; }
        std::unique_ptr<Floats> memory;
        int64_t count = 0;
    } places;
    start();
    ASSERT_TRUE(context->setOutputAllocator("places", &places));
    const auto enqueue = [&] { return context->enqueueV3(stream.as<cudaStream_t>()); };
    for (int i = 0; i < 4; ++i) {
        if (i == 2) {
            EXPECT_ANY_THROW(Recorded(stream, enqueue)) << "how many there are is not known when work is recorded";
            EXPECT_TRUE(logger.error("count them: the stream is being captured")) << logger.all();
        }
        const Values in = inputOf(i);
        x->set(in);
        ASSERT_TRUE(enqueue()) << logger.all();
        expectResults(in, "inference " + std::to_string(i));
        const Values sum = net.expected(in)[0];
        EXPECT_EQ(places.count, std::count_if(sum.begin(), sum.end(), [](float value) { return value != 0; }));
    }
}

//! An assertion of numbers of the device fails the call, and cannot be part of a graph.
TEST_F(Lanes, FailWhereAnAssertionDoes) {
    build(2, {}, 1, [](INetworkDefinition& network, ITensor&, ITensor& sum) {
        static const float kMost[] = {1000};
        auto* most = network.addConstant(Dims4(1, 1, 1, 1), {DataType::kFLOAT, kMost, 1});
        auto* isLess = network.addElementWise(sum, *most->getOutput(0), ElementWiseOperation::kLESS);
        network.addAssertion(*isLess->getOutput(0), "the sum is small")->setName("check");
    });
    start();
    const auto enqueue = [&] { return context->enqueueV3(stream.as<cudaStream_t>()); };
    for (int i = 0; i < 3; ++i) {
        const Values in = inputOf(i);
        x->set(in);
        ASSERT_TRUE(enqueue()) << logger.all();
        expectResults(in, "inference " + std::to_string(i));
    }
    EXPECT_ANY_THROW(Recorded(stream, enqueue));
    EXPECT_TRUE(logger.error("check: the stream is being captured")) << logger.all();
    Values large = inputOf(0);
    for (float& value : large) value *= 1e6F;
    x->set(large);
    EXPECT_FALSE(enqueue());
    EXPECT_TRUE(logger.error("check: assertion failed: the sum is small")) << logger.all();
    const Values in = inputOf(1);
    x->set(in);
    ASSERT_TRUE(enqueue()) << logger.all();
    expectResults(in, "after a failure");
}

TEST_F(Lanes, ServeTwoContextsAtOnce) {
    build(2);
    start();
    const std::unique_ptr<IExecutionContext> second(engine->createExecutionContext());
    const Values in = inputOf(1), other = inputOf(2);
    const Floats from(other), to[2] = {Floats(kCount), Floats(kCount)};
    ASSERT_TRUE(second->setTensorAddress("x", from.data()));
    for (size_t o = 0; o < 2; ++o)
        ASSERT_TRUE(second->setTensorAddress(("y" + std::to_string(o)).c_str(), to[o].data()));
    const Stream beside;
    x->set(in);
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(context->enqueueV3(stream.as<cudaStream_t>()) && second->enqueueV3(beside.as<cudaStream_t>()));
        expectResults(in, "the first context");
        const auto expected = net.expected(other);
        for (size_t o = 0; o < 2; ++o) EXPECT_LT(distance(expected[o], to[o].get(beside)), 1e-4F) << o;
    }
}

//! Of the emulated device: streams between which no event stands run in either order.
TEST(EmulatedStreams, ShowWhatWaitsForNothing) {
    char name[64] = {};
    Driver::use(0);
    Driver::call("cuDeviceGetName", static_cast<char*>(name), 63, 0);
    if (std::string(name) != "emulated device") GTEST_SKIP() << "a real device decides for itself";
    const Stream first, second;
    void* event = nullptr;
    Driver::call("cuEventCreate", &event, 2u);
    int old[2] = {0, 0};
    for (const int waits : {0, 1}) {
        for (int i = 0; i < 12; ++i) {
            const Floats from(Values(4, 1.0F)), to(4);
            const auto address = [](const Floats& f) { return reinterpret_cast<unsigned long long>(f.data()); };
            Driver::call("cuMemsetD8Async", address(from), static_cast<unsigned char>(0), size_t{16},
                         first.as<void*>());
            if (waits) {
                Driver::call("cuEventRecord", event, first.as<void*>());
                Driver::call("cuStreamWaitEvent", second.as<void*>(), event, 0u);
            }
            Driver::call("cuMemcpyDtoDAsync_v2", address(to), address(from), size_t{16}, second.as<void*>());
            Driver::call("cuStreamSynchronize", second.as<void*>());
            old[waits] += to.get()[0] == 1.0F;
        }
    }
    EXPECT_GT(old[0], 0);
    EXPECT_LT(old[0], 12);
    EXPECT_EQ(old[1], 0);
    Driver::call("cuEventDestroy_v2", event);
}

}  // namespace
}  // namespace devicetest
