// SPDX-License-Identifier: Apache-2.0
// What may be used from several threads: one engine with a context per thread, a builder per thread, one timing cache
// and one logger for all of them. Meant for ThreadSanitizer (`./dev sanitize thread`); without it, results are
// compared.
#include <cmath>
#include <thread>

#include "support.h"

namespace apitest {
namespace {

constexpr size_t kThreads = 4;

//! Runs body(0) to body(3) at the same time.
template <class Body>
void inThreads(const Body& body) {
    std::vector<std::thread> threads;
    for (size_t t = 0; t < kThreads; ++t) threads.emplace_back([&body, t] { body(t); });
    for (std::thread& thread : threads) thread.join();
}

//! A convolution whose work is worth dividing, an activation, and a matrix product; dynamic batch.
struct Model {
    std::vector<float> kernel = ramp(16 * 8 * 3 * 3, -0.2F), dense = ramp(16 * 10, -1.0F);

    void define(INetworkDefinition& network) const {
        const Weights none{DataType::kFLOAT, nullptr, 0};
        ITensor* x = network.addInput("x", DataType::kFLOAT, Dims4(-1, 8, 20, 20));
        const Weights weights{DataType::kFLOAT, kernel.data(), static_cast<int64_t>(kernel.size())};
        ITensor* t = network.addConvolutionNd(*x, 16, Dims2(3, 3), weights, none)->getOutput(0);
        t = network.addActivation(*t, ActivationType::kSIGMOID)->getOutput(0);
        t = network.addReduce(*t, ReduceOperation::kAVG, 12, false)->getOutput(0);
        ITensor* w = network.addConstant(Dims2(16, 10), {DataType::kFLOAT, dense.data(), 160})->getOutput(0);
        t = network.addMatrixMultiply(*t, MatrixOperation::kNONE, *w, MatrixOperation::kNONE)->getOutput(0);
        t->setName("y");
        network.markOutput(*t);
    }

    std::unique_ptr<IHostMemory> build(Logger& logger, const ITimingCache* cache) const {
        const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
        const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
        const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
        define(*network);
        IOptimizationProfile* profile = builder->createOptimizationProfile();
        profile->setDimensions("x", OptProfileSelector::kMIN, Dims4(1, 8, 20, 20));
        profile->setDimensions("x", OptProfileSelector::kOPT, Dims4(2, 8, 20, 20));
        profile->setDimensions("x", OptProfileSelector::kMAX, Dims4(4, 8, 20, 20));
        config->addOptimizationProfile(profile);
        if (cache) {
            EXPECT_TRUE(config->setTimingCache(*cache, false));
        }
        return std::unique_ptr<IHostMemory>(builder->buildSerializedNetwork(*network, *config));
    }
};

std::vector<float> run(IExecutionContext& context, size_t batch) {
    std::vector<float> x = ramp(batch * 8 * 20 * 20, -1.0F * static_cast<float>(batch)), y(batch * 10, -1);
    for (float& v : x) v = std::sin(v);
    context.setInputShape("x", Dims4(static_cast<int64_t>(batch), 8, 20, 20));
    void* bindings[] = {x.data(), y.data()};
    return context.executeV2(bindings) ? y : std::vector<float>();
}

struct Threads : testing::Test {
    Logger logger;
    Model model;
};

TEST_F(Threads, RunContextsOfOneEngine) {
    const auto plan = model.build(logger, nullptr);
    ASSERT_NE(plan, nullptr) << logger.all();
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    ASSERT_NE(engine, nullptr);
    std::vector<std::vector<float>> expected;
    const std::unique_ptr<IExecutionContext> alone(engine->createExecutionContext());
    expected.emplace_back();  // there is no batch of 0
    for (size_t batch = 1; batch <= kThreads; ++batch) expected.push_back(run(*alone, batch));
    std::vector<int> wrong(kThreads, 0);
    inThreads([&](size_t t) {
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        for (size_t i = 0; i < 12; ++i) {
            const size_t batch = 1 + (i + t) % kThreads;
            wrong[t] += run(*context, batch) != expected[batch];
        }
    });
    EXPECT_EQ(wrong, std::vector<int>(kThreads, 0)) << logger.all();
}

TEST_F(Threads, LoadEnginesOfOneRuntime) {
    const auto plan = model.build(logger, nullptr);
    ASSERT_NE(plan, nullptr) << logger.all();
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    std::vector<std::vector<float>> results(kThreads);
    inThreads([&](size_t t) {
        const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        results[t] = run(*context, 2);
    });
    EXPECT_EQ(results[0].size(), 20U) << logger.all();
    EXPECT_EQ(results, std::vector<std::vector<float>>(kThreads, results[0]));
}

TEST_F(Threads, BuildWithOneTimingCache) {
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    const std::unique_ptr<ITimingCache> cache(config->createTimingCache("", 0));
    std::vector<std::unique_ptr<IHostMemory>> plans(kThreads);
    inThreads([&](size_t t) { plans[t] = model.build(logger, cache.get()); });
    for (const auto& plan : plans) ASSERT_NE(plan, nullptr) << logger.all();
    // With what the four have measured, the next two builds agree.
    const auto one = model.build(logger, cache.get()), two = model.build(logger, cache.get());
    ASSERT_EQ(one->size(), two->size());
    EXPECT_EQ(std::memcmp(one->data(), two->data(), one->size()), 0);
}

}  // namespace
}  // namespace apitest
