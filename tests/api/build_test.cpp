// SPDX-License-Identifier: Apache-2.0
// Builder and options through the public headers.
#include "support.h"

namespace apitest {
namespace {

TEST(Build, RunsWhatItBuilt) {
    Logger logger;
    Loaded loaded(logger);
    ASSERT_NE(loaded.engine, nullptr) << logger.all();
    const std::unique_ptr<IExecutionContext> context(loaded.engine->createExecutionContext());
    ASSERT_NE(context, nullptr) << logger.all();
    for (const size_t n : {1, 3, 8}) {
        const auto x = ramp(n * 4);
        EXPECT_EQ(infer(*context, x), loaded.net.expected(x)) << n << logger.all();
    }
}

TEST(Build, BuildsAnEngineWithoutAPlan) {
    Logger logger;
    Build build(logger, 2);
    const std::unique_ptr<ICudaEngine> engine(build.builder->buildEngineWithConfig(*build.network, *build.config));
    ASSERT_NE(engine, nullptr) << logger.all();
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    const auto x = ramp(8);
    EXPECT_EQ(infer(*context, x), build.net.expected(x));
}

TEST(Build, LeavesTheWeightsToTheApplication) {
    Logger logger;
    std::unique_ptr<ICudaEngine> engine;
    const auto x = ramp(8);
    std::vector<float> expected;
    {
        Build build(logger, 2);
        engine.reset(build.builder->buildEngineWithConfig(*build.network, *build.config));
        expected = build.net.expected(x);
        std::fill(build.net.w.begin(), build.net.w.end(), 1e9F);
    }
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    EXPECT_EQ(infer(*context, x), expected);
}

TEST(Build, StreamsTheSameBytesAsAPlan) {
    struct Writer final : IStreamWriter {
        int64_t write(void const* data, int64_t count) override {
            const auto* bytes = static_cast<const char*>(data);
            all.append(bytes, static_cast<size_t>(count));
            ++pieces;
            return count;
        }
        std::string all;
        int pieces = 0;
    } writer;
    Logger logger;
    Build build(logger);
    build.config->setBuilderOptimizationLevel(0);  // no clock, so that both builds choose the same
    const auto plan = build.plan();
    ASSERT_TRUE(build.builder->buildSerializedNetworkToStream(*build.network, *build.config, writer)) << logger.all();
    EXPECT_EQ(writer.all, std::string(static_cast<const char*>(plan->data()), plan->size()));
    EXPECT_GT(writer.pieces, 1);
}

TEST(Build, FailsWhenTheWriterStops) {
    struct Writer final : IStreamWriter {
        int64_t write(void const*, int64_t count) override { return count - 1; }
    } writer;
    Logger logger;
    Build build(logger);
    EXPECT_FALSE(build.builder->buildSerializedNetworkToStream(*build.network, *build.config, writer));
    EXPECT_NE(logger.all(), "");
}

TEST(Build, GivesAReadableTextOfTheKernels) {
    Logger logger;
    Build build(logger);
    IHostMemory* text = nullptr;
    const std::unique_ptr<IHostMemory> plan(build.builder->buildSerializedNetwork(*build.network, *build.config, text));
    const std::unique_ptr<IHostMemory> owned(text);
    ASSERT_NE(text, nullptr);
    EXPECT_NE(std::string(static_cast<const char*>(text->data()), text->size()).find("last"), std::string::npos);
}

TEST(Build, TellsWhatItDid) {
    Logger logger;
    Build build(logger);
    ASSERT_NE(build.plan(), nullptr);
    EXPECT_TRUE(logger.has(ILogger::Severity::kINFO, "Total weights memory"));
    EXPECT_TRUE(logger.has(ILogger::Severity::kINFO, "Total activation memory"));
    EXPECT_TRUE(logger.has(ILogger::Severity::kINFO, "Engine generation completed"));
    EXPECT_TRUE(logger.has(ILogger::Severity::kVERBOSE, "Layer "));
}

TEST(Build, NamesTheInputWithoutAProfile) {
    Logger logger;
    Build build(logger, -1, false);
    EXPECT_EQ(build.plan(), nullptr);
    EXPECT_TRUE(logger.error("x")) << logger.all();
    EXPECT_TRUE(logger.error("profile")) << logger.all();
}

TEST(Build, NamesTheInputThatAProfileLeftOut) {
    Logger logger;
    Build build(logger, -1, false);
    ASSERT_EQ(build.config->addOptimizationProfile(build.builder->createOptimizationProfile()), 0);
    EXPECT_EQ(build.plan(), nullptr);
    EXPECT_TRUE(logger.error("profile 0 has no shapes")) << logger.all();
}

TEST(Build, RefusesAProfileOfTheWrongSize) {
    Logger logger;
    Build build(logger, -1, false);
    IOptimizationProfile* profile = build.builder->createOptimizationProfile();
    for (const auto point : {OptProfileSelector::kMIN, OptProfileSelector::kOPT, OptProfileSelector::kMAX}) {
        profile->setDimensions("x", point, Dims2(2, 5));
    }
    ASSERT_EQ(build.config->addOptimizationProfile(profile), 0);
    EXPECT_EQ(build.plan(), nullptr);
    EXPECT_TRUE(logger.error("5")) << logger.all();
}

TEST(Build, NeedsAnOutput) {
    Logger logger;
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    network->addInput("x", DataType::kFLOAT, Dims2(1, 1));
    EXPECT_EQ(builder->buildSerializedNetwork(*network, *config), nullptr);
    EXPECT_TRUE(logger.error("output")) << logger.all();
}

TEST(Build, ReportsToTheErrorRecorder) {
    Logger logger;
    Recorder recorder;
    {
        Build build(logger, -1, false);
        build.builder->setErrorRecorder(&recorder);
        EXPECT_EQ(build.builder->getErrorRecorder(), &recorder);
        EXPECT_EQ(recorder.references, 1);
        EXPECT_EQ(build.plan(), nullptr);
        ASSERT_EQ(recorder.getNbErrors(), 1);
        EXPECT_NE(recorder.errors[0].second.find("x"), std::string::npos);
        EXPECT_LE(recorder.errors[0].second.size(), IErrorRecorder::kMAX_DESC_LENGTH);
    }
    EXPECT_EQ(recorder.references, 0);
}

TEST(Build, RefusesOtherCapabilities) {
    Logger logger;
    Build build(logger);
    build.config->setEngineCapability(EngineCapability::kSAFETY);
    EXPECT_FALSE(build.builder->isNetworkSupported(*build.network, *build.config));
    EXPECT_EQ(build.plan(), nullptr);
    EXPECT_TRUE(logger.error("kSTANDARD")) << logger.all();
}

TEST(Build, RunsOnADlaOnlyWithFallback) {
    Logger logger;
    Build build(logger);
    build.config->setDefaultDeviceType(DeviceType::kDLA);
    EXPECT_EQ(build.plan(), nullptr);
    build.config->setFlag(BuilderFlag::kGPU_FALLBACK);
    EXPECT_NE(build.plan(), nullptr) << logger.all();
}

TEST(Build, MakesManyProfilesIntoOneEngine) {
    Logger logger;
    Build build(logger, -1, false);
    build.addProfile(1, 1, 1);
    build.addProfile(4, 16, 64);
    const auto plan = build.plan();
    ASSERT_NE(plan, nullptr) << logger.all();
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    ASSERT_EQ(engine->getNbOptimizationProfiles(), 2);
    EXPECT_EQ(engine->getProfileShape("x", 1, OptProfileSelector::kMAX).d[0], 64);
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    EXPECT_FALSE(context->setInputShape("x", Dims2(16, 4)));
    ASSERT_TRUE(context->setOptimizationProfileAsync(1, nullptr));
    const auto x = ramp(64 * 4);
    EXPECT_EQ(infer(*context, x), build.net.expected(x)) << logger.all();
}

class Monitor final : public IProgressMonitor {
public:
    void phaseStart(char const* name, char const* parent, int32_t steps) override {
        log.push_back(std::string("start ") + name + (parent ? std::string(" in ") + parent : ""));
        EXPECT_GT(steps, 0);
        open.push_back(name);
    }
    bool stepComplete(char const* name, int32_t) override {
        EXPECT_EQ(open.back(), name);
        return ++steps != cancelAt;
    }
    void phaseFinish(char const* name) override {
        EXPECT_EQ(open.back(), name);
        open.pop_back();
    }
    std::vector<std::string> log, open;
    int steps = 0;
    int cancelAt = 0;
};

TEST(Progress, NestsPhases) {
    Logger logger;
    Build build(logger);
    Monitor monitor;
    build.config->setProgressMonitor(&monitor);
    ASSERT_NE(build.plan(), nullptr) << logger.all();
    EXPECT_EQ(monitor.log,
              (std::vector<std::string>{"start Building engine", "start Choosing tactics in Building engine"}));
    EXPECT_TRUE(monitor.open.empty());
    EXPECT_GE(monitor.steps, 3);
}

TEST(Progress, CancelsAtEveryStep) {
    Logger logger;
    Build build(logger);
    Monitor counting;
    build.config->setProgressMonitor(&counting);
    ASSERT_NE(build.plan(), nullptr);
    for (int step = 1; step <= counting.steps; ++step) {
        Monitor monitor;
        monitor.cancelAt = step;
        Recorder recorder;
        build.builder->setErrorRecorder(&recorder);
        build.config->setProgressMonitor(&monitor);
        EXPECT_EQ(build.plan(), nullptr) << step;
        EXPECT_TRUE(monitor.open.empty()) << step;
        ASSERT_EQ(recorder.getNbErrors(), 1) << step;
        EXPECT_NE(recorder.errors[0].second.find("cancelled"), std::string::npos) << recorder.errors[0].second;
        build.builder->setErrorRecorder(nullptr);
    }
}

TEST(Factory, RefusesOtherVersions) {
    Logger logger;
    EXPECT_EQ(createInferBuilder_INTERNAL(&logger, 4000), nullptr);
    EXPECT_EQ(createInferBuilder_INTERNAL(&logger, 120000), nullptr);
    EXPECT_TRUE(logger.error("5.x to 11.x"));
    EXPECT_EQ(createInferBuilder_INTERNAL(nullptr, getInferLibVersion()), nullptr);
    EXPECT_EQ(createInferRuntime_INTERNAL(nullptr, getInferLibVersion()), nullptr);
}

TEST(Factory, MakesNetworksOfTheCallersEra) {
    Logger logger;
    const auto implicitBatch = [&](int32_t version, uint32_t flags) {
        const std::unique_ptr<IBuilder> builder(static_cast<IBuilder*>(createInferBuilder_INTERNAL(&logger, version)));
        const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(flags));
        return network->hasImplicitBatchDimension();
    };
    for (const int32_t version : {5105, 6001, 7203, 8601, 9300}) {
        EXPECT_TRUE(implicitBatch(version, 0)) << version;
        EXPECT_FALSE(implicitBatch(version, 1)) << version;
    }
    for (const int32_t version : {100000, 101600, 110100}) EXPECT_FALSE(implicitBatch(version, 0)) << version;
}

TEST(Factory, KeepsTheFirstLogger) {
    static Logger logger;  // may be the process's first, which is kept
    const std::unique_ptr<IRuntime> first(createInferRuntime(logger));
    ILogger* const kept = getLogger();
    EXPECT_NE(kept, nullptr);
    static Logger other;
    const std::unique_ptr<IRuntime> second(createInferRuntime(other));
    EXPECT_EQ(getLogger(), kept);
}

TEST(Factory, TellsItsVersion) {
    EXPECT_EQ(getInferLibVersion(), 101600);
    EXPECT_EQ(getInferLibMajorVersion(), 10);
    EXPECT_EQ(getInferLibMinorVersion(), 16);
    EXPECT_EQ(getInferLibPatchVersion(), 0);
    EXPECT_EQ(getInferLibBuildVersion(), 0);
}

}  // namespace
}  // namespace apitest
