// SPDX-License-Identifier: Apache-2.0
// Engines on a device through the public API: on the emulated one in the tests of the project, on a GPU by hand.
#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <thread>

#include "../api/support.h"
#include "device.h"

namespace devicetest {
namespace {

using namespace apitest;  // NOLINT: loggers and the small network

//! The small network on rows of 4 floats, and a context with memory for it.
struct Running {
    explicit Running(Logger& logger) : loaded(logger), context(loaded.engine->createExecutionContext()), x(32), y(32) {
        bind(x, y, 8);
    }
    void bind(const Floats& from, const Floats& to, int64_t rows) {
        EXPECT_TRUE(context->setInputShape("x", Dims2(rows, 4)));
        EXPECT_TRUE(context->setTensorAddress("x", from.data()));
        EXPECT_TRUE(context->setTensorAddress("y", to.data()));
    }
    std::vector<float> run(const std::vector<float>& values) {
        x.set(values);
        EXPECT_TRUE(context->enqueueV3(stream.as<cudaStream_t>()));
        return y.get();
    }
    Loaded loaded;
    std::unique_ptr<IExecutionContext> context;
    Stream stream;
    Floats x, y;
};

TEST(Device, RunsTheSameInferenceAgainOnOtherData) {
    Driver::use(0);
    Logger logger;
    Running running(logger);
    for (int i = 0; i < 5; ++i) {
        const auto values = ramp(32, static_cast<float>(i));
        EXPECT_EQ(running.run(values), running.loaded.net.expected(values)) << "inference " << i << logger.all();
    }
}

TEST(Device, SeesWhatChangesBetweenInferences) {
    Driver::use(0);
    Logger logger;
    Running running(logger);
    const auto values = ramp(32), others = ramp(32, 7);
    const auto& net = running.loaded.net;
    for (int i = 0; i < 4; ++i) EXPECT_EQ(running.run(values), net.expected(values));
    Floats x(others), y(32);
    running.bind(x, y, 8);
    for (int i = 0; i < 3; ++i) {
        running.run(values);
        EXPECT_EQ(y.get(), net.expected(others)) << "with other addresses";
    }
    y.set(std::vector<float>(32, 0));
    running.bind(x, y, 2);
    running.run(values);
    auto expected = net.expected(others);
    std::fill(expected.begin() + 8, expected.end(), 0.0F);
    EXPECT_EQ(y.get(), expected) << "of another shape";
    EXPECT_TRUE(running.context->setTensorAddress("x", nullptr));
    EXPECT_FALSE(running.context->enqueueV3(running.stream.as<cudaStream_t>()));
    EXPECT_TRUE(logger.error("no address is set")) << logger.all();
}

TEST(Device, LeavesTheCallersRecordingToTheCaller) {
    Driver::use(0);
    Logger logger;
    Running running(logger);
    const auto values = ramp(32), others = ramp(32, 7);
    for (int i = 0; i < 3; ++i) running.run(values);
    void *graph = nullptr, *exec = nullptr;
    const auto stream = running.stream.as<void*>();
    Driver::call("cuStreamBeginCapture_v2", stream, 1);
    EXPECT_TRUE(running.context->enqueueV3(running.stream.as<cudaStream_t>()));
    Driver::call("cuStreamEndCapture", stream, &graph);
    Driver::call("cuGraphInstantiateWithFlags", &exec, graph, 0ull);
    running.x.set(others);
    EXPECT_EQ(running.y.get(), running.loaded.net.expected(values));
    Driver::call("cuGraphLaunch", exec, stream);
    EXPECT_EQ(running.y.get(), running.loaded.net.expected(others));
    Driver::call("cuGraphExecDestroy", exec);
    Driver::call("cuGraphDestroy", graph);
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

TEST(Device, MultipliesInInt8ByDynamicRanges) {
    Driver::use(0);
    Logger logger;
    Products net;
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    net.define(*network);
    config->setFlag(BuilderFlag::kINT8);
    config->setBuilderOptimizationLevel(0);
    network->getInput(0)->setDynamicRange(-1, 1);
    network->getLayer(1)->getOutput(0)->setDynamicRange(-8, 8);
    const std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
    ASSERT_NE(plan, nullptr) << logger.all();
    EXPECT_TRUE(logger.has(ILogger::Severity::kINFO, "2 layers multiply in INT8")) << logger.all();
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    std::vector<float> values(256);
    for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(3 * i * i));
    const Floats x(values), y(256);
    void* bindings[] = {x.data(), y.data()};
    ASSERT_TRUE(context->executeV2(bindings)) << logger.all();
    const float away = distance(net.expected(values), y.get());
    EXPECT_LT(away, 0.02F);
    EXPECT_GT(away, 1e-4F) << "nothing was rounded";
}

}  // namespace
}  // namespace devicetest
