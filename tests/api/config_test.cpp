// SPDX-License-Identifier: Apache-2.0
// Options, profiles, timing cache and algorithm selection.
#include "support.h"

namespace apitest {
namespace {

struct Options : testing::Test {
    Logger logger;
    std::unique_ptr<IBuilder> builder{createInferBuilder(logger)};
    std::unique_ptr<IBuilderConfig> config{builder->createBuilderConfig()};
};

TEST_F(Options, HaveTensorRTsDefaults) {
    EXPECT_EQ(config->getAvgTimingIterations(), 1);
    EXPECT_EQ(config->getFlags(), 1U << static_cast<uint32_t>(BuilderFlag::kTF32));
    EXPECT_EQ(config->getEngineCapability(), EngineCapability::kSTANDARD);
    EXPECT_EQ(config->getProfilingVerbosity(), ProfilingVerbosity::kLAYER_NAMES_ONLY);
    EXPECT_EQ(config->getBuilderOptimizationLevel(), 3);
    EXPECT_EQ(config->getTacticSources(), 24U);
    EXPECT_EQ(config->getMaxAuxStreams(), -1);
    EXPECT_EQ(config->getMaxNbTactics(), -1);
    EXPECT_EQ(config->getDefaultDeviceType(), DeviceType::kGPU);
    EXPECT_EQ(config->getTimingCache(), nullptr);
    EXPECT_EQ(config->getMemoryPoolLimit(MemoryPoolType::kTACTIC_SHARED_MEMORY), size_t{1} << 30);
    EXPECT_GT(config->getMemoryPoolLimit(MemoryPoolType::kWORKSPACE), size_t{1} << 28);
    EXPECT_FALSE(config->getPreviewFeature(PreviewFeature::kALIASED_PLUGIN_IO_10_03));
}

TEST_F(Options, ComeBackAfterReset) {
    config->setFlag(BuilderFlag::kDEBUG);
    config->setBuilderOptimizationLevel(5);
    config->setMemoryPoolLimit(MemoryPoolType::kWORKSPACE, 1 << 20);
    EXPECT_TRUE(config->getFlag(BuilderFlag::kDEBUG));
    EXPECT_EQ(config->getMemoryPoolLimit(MemoryPoolType::kWORKSPACE), size_t{1} << 20);
    config->reset();
    EXPECT_FALSE(config->getFlag(BuilderFlag::kDEBUG));
    EXPECT_EQ(config->getBuilderOptimizationLevel(), 3);
    EXPECT_NE(config->getMemoryPoolLimit(MemoryPoolType::kWORKSPACE), size_t{1} << 20);
}

TEST_F(Options, RefuseWhatHasNoMeaning) {
    EXPECT_FALSE(config->setTacticSources(1U << 30));
    EXPECT_FALSE(config->setMaxAuxStreams(-2));
    EXPECT_FALSE(config->setL2LimitForTiling(-1));
    EXPECT_FALSE(config->setRemoteAutoTuningConfig("host"));
    EXPECT_FALSE(builder->setMaxThreads(0));
    config->setAvgTimingIterations(0);
    EXPECT_EQ(config->getAvgTimingIterations(), 1);
    EXPECT_EQ(config->addOptimizationProfile(nullptr), -1);
}

struct Profile : Options {
    IOptimizationProfile* profile = builder->createOptimizationProfile();
    bool set(OptProfileSelector point, int64_t a, int64_t b) { return profile->setDimensions("x", point, Dims2(a, b)); }
};

TEST_F(Profile, IsValidWhenMinOptAndMaxAscend) {
    EXPECT_TRUE(profile->isValid());
    EXPECT_EQ(profile->getDimensions("x", OptProfileSelector::kMIN).nbDims, -1);
    EXPECT_TRUE(set(OptProfileSelector::kMIN, 1, 2));
    EXPECT_FALSE(profile->isValid());
    EXPECT_TRUE(set(OptProfileSelector::kOPT, 2, 2));
    EXPECT_TRUE(set(OptProfileSelector::kMAX, 3, 2));
    EXPECT_TRUE(profile->isValid());
    EXPECT_EQ(profile->getDimensions("x", OptProfileSelector::kMAX).d[0], 3);
    EXPECT_TRUE(set(OptProfileSelector::kMAX, 1, 2));
    EXPECT_FALSE(profile->isValid());
    EXPECT_EQ(config->addOptimizationProfile(profile), -1);
    EXPECT_TRUE(logger.error("dimension 0 is 2 at opt when it is 1 at max")) << logger.all();
}

TEST_F(Profile, RefusesContradictions) {
    EXPECT_TRUE(set(OptProfileSelector::kMIN, 1, 2));
    EXPECT_FALSE(set(OptProfileSelector::kOPT, -1, 2));
    EXPECT_FALSE(profile->setDimensions("x", OptProfileSelector::kOPT, Dims3(1, 2, 3)));
    EXPECT_FALSE(profile->setDimensions("", OptProfileSelector::kOPT, Dims2(1, 2)));
    EXPECT_FALSE(profile->setDimensions(nullptr, OptProfileSelector::kOPT, Dims2(1, 2)));
    EXPECT_FALSE(profile->setExtraMemoryTarget(1.5F));
}

TEST_F(Profile, KeepsShapeValues) {
    const int64_t wide[] = {1, int64_t{1} << 40};
    const int32_t narrow[] = {4, 5, 6};
    EXPECT_EQ(profile->getNbShapeValues("s"), -1);
    EXPECT_EQ(profile->getShapeValuesV2("s", OptProfileSelector::kMIN), nullptr);
    EXPECT_TRUE(profile->setShapeValuesV2("s", OptProfileSelector::kMAX, wide, 2));
    EXPECT_EQ(profile->getNbShapeValues("s"), 2);
    EXPECT_EQ(profile->getShapeValuesV2("s", OptProfileSelector::kMAX)[1], int64_t{1} << 40);
    EXPECT_FALSE(profile->setShapeValuesV2("s", OptProfileSelector::kMIN, wide, 1));
    EXPECT_TRUE(profile->setShapeValues("t", OptProfileSelector::kMIN, narrow, 3));
    EXPECT_EQ(profile->getShapeValues("t", OptProfileSelector::kMIN)[2], 6);
    EXPECT_EQ(profile->getShapeValuesV2("t", OptProfileSelector::kMIN)[0], 4);
}

TEST_F(Profile, IsReadWhenItIsAdded) {
    Build build(logger, -1, false);
    IOptimizationProfile* own = build.builder->createOptimizationProfile();
    for (const auto point : {OptProfileSelector::kMIN, OptProfileSelector::kOPT, OptProfileSelector::kMAX}) {
        own->setDimensions("x", point, Dims2(2, 4));
    }
    ASSERT_EQ(build.config->addOptimizationProfile(own), 0);
    own->setDimensions("x", OptProfileSelector::kMAX, Dims2(1, 4));
    EXPECT_NE(build.plan(), nullptr) << logger.all();
}

//! Two convolutions, which have several tactics each.
struct ConvBuild {
    explicit ConvBuild(Logger& logger)
        : builder(createInferBuilder(logger)),
          network(builder->createNetworkV2(0)),
          config(builder->createBuilderConfig()) {
        ITensor* x = network->addInput("x", DataType::kFLOAT, Dims4(8, 8, 6, 6));
        const Weights kernel{DataType::kFLOAT, values.data(), 8 * 8 * 3 * 3};
        const Weights none{DataType::kFLOAT, nullptr, 0};
        ITensor* t = network->addConvolutionNd(*x, 8, Dims2(3, 3), kernel, none)->getOutput(0);
        t = network->addActivation(*t, ActivationType::kRELU)->getOutput(0);
        t = network->addConvolutionNd(*t, 8, Dims2(3, 3), kernel, none)->getOutput(0);
        network->markOutput(*t);
    }
    std::unique_ptr<IHostMemory> plan() {
        return std::unique_ptr<IHostMemory>(builder->buildSerializedNetwork(*network, *config));
    }

    std::vector<float> values = ramp(8 * 8 * 3 * 3);
    std::unique_ptr<IBuilder> builder;
    std::unique_ptr<INetworkDefinition> network;
    std::unique_ptr<IBuilderConfig> config;
};

struct Times : testing::Test {
    Logger logger;
    ConvBuild build{logger};
    std::string bytes(IHostMemory* memory) {
        const std::unique_ptr<IHostMemory> owned(memory);
        return owned ? std::string(static_cast<const char*>(owned->data()), owned->size()) : "";
    }
};

TEST_F(Times, MakeASecondBuildTheSame) {
    const std::unique_ptr<ITimingCache> cache(build.config->createTimingCache(nullptr, 0));
    ASSERT_TRUE(build.config->setTimingCache(*cache, false));
    const auto first = build.plan();
    ASSERT_NE(first, nullptr) << logger.all();
    const std::string saved = bytes(build.config->getTimingCache()->serialize());
    EXPECT_EQ(saved, bytes(cache->serialize()));

    ConvBuild again(logger);
    const std::unique_ptr<ITimingCache> loaded(again.config->createTimingCache(saved.data(), saved.size()));
    ASSERT_NE(loaded, nullptr) << logger.all();
    ASSERT_TRUE(again.config->setTimingCache(*loaded, false)) << logger.all();
    again.config->setFlag(BuilderFlag::kERROR_ON_TIMING_CACHE_MISS);  // fails if anything is timed
    const auto second = again.plan();
    ASSERT_NE(second, nullptr) << logger.all();
    EXPECT_EQ(std::string(static_cast<char*>(first->data()), first->size()),
              std::string(static_cast<char*>(second->data()), second->size()));
}

TEST_F(Times, AreMissedOnlyWithTheFlag) {
    build.config->setFlag(BuilderFlag::kERROR_ON_TIMING_CACHE_MISS);
    EXPECT_EQ(build.plan(), nullptr);
    EXPECT_TRUE(logger.error("timing cache")) << logger.all();
}

TEST_F(Times, CanBeQueriedAndEdited) {
    build.config->setFlag(BuilderFlag::kEDITABLE_TIMING_CACHE);
    const std::unique_ptr<ITimingCache> cache(build.config->createTimingCache(nullptr, 0));
    EXPECT_EQ(cache->queryKeys(nullptr, 0), 0);
    ASSERT_TRUE(build.config->setTimingCache(*cache, false));
    ASSERT_NE(build.plan(), nullptr);
    const int64_t count = cache->queryKeys(nullptr, 0);
    ASSERT_GT(count, 0);
    std::vector<TimingCacheKey> keys(static_cast<size_t>(count));
    EXPECT_EQ(cache->queryKeys(keys.data(), count), count);
    const TimingCacheValue value = cache->query(keys[0]);
    EXPECT_NE(value.tacticHash, TimingCacheValue::kINVALID_TACTIC_HASH);
    EXPECT_GE(value.timingMSec, 0);
    EXPECT_TRUE(cache->update(keys[0], {value.tacticHash, 0.25F}));
    EXPECT_EQ(cache->query(keys[0]).timingMSec, 0.25F);
    TimingCacheKey unknown{};
    EXPECT_EQ(cache->query(unknown).tacticHash, TimingCacheValue::kINVALID_TACTIC_HASH);
    EXPECT_FALSE(cache->update(unknown, value));
    EXPECT_TRUE(cache->reset());
    EXPECT_EQ(cache->queryKeys(nullptr, 0), 0);
}

TEST_F(Times, AreEditedOnlyWhereAllowed) {
    const std::unique_ptr<ITimingCache> cache(build.config->createTimingCache(nullptr, 0));
    EXPECT_FALSE(cache->update(TimingCacheKey{}, {}));
    EXPECT_TRUE(logger.error("kEDITABLE_TIMING_CACHE")) << logger.all();
}

TEST_F(Times, AreCombined) {
    const std::unique_ptr<ITimingCache> full(build.config->createTimingCache(nullptr, 0));
    const std::unique_ptr<ITimingCache> empty(build.config->createTimingCache(nullptr, 0));
    ASSERT_TRUE(build.config->setTimingCache(*full, false));
    ASSERT_NE(build.plan(), nullptr);
    EXPECT_TRUE(empty->combine(*full, false));
    EXPECT_EQ(empty->queryKeys(nullptr, 0), full->queryKeys(nullptr, 0));
}

TEST_F(Times, OfDamagedBytesAreRefused) {
    EXPECT_EQ(build.config->createTimingCache("nonsense", 8), nullptr);
    EXPECT_NE(logger.all(), "");
}

//! Picks the last candidate of every step.
class Selector final : public IAlgorithmSelector {
public:
    int32_t selectAlgorithms(IAlgorithmContext const& context, IAlgorithm const* const* choices, int32_t count,
                             int32_t* selection) override {
        EXPECT_STRNE(context.getName(), "");
        EXPECT_GT(count, 0);
        EXPECT_EQ(context.getDimensions(0, OptProfileSelector::kMAX).d[0], 8);
        EXPECT_EQ(choices[0]->getAlgorithmIOInfoByIndex(0)->getDataType(), DataType::kFLOAT);
        EXPECT_EQ(choices[0]->getAlgorithmIOInfoByIndex(1000), nullptr);
        if (answer <= 0) return answer;
        selection[0] = outOfRange ? count : count - 1;
        picked[context.getName()] = choices[count - 1]->getAlgorithmVariant().getTactic();
        return 1;
    }
    void reportAlgorithms(IAlgorithmContext const* const* contexts, IAlgorithm const* const* choices,
                          int32_t count) override {
        for (int32_t i = 0; i < count; ++i)
            reported[contexts[i]->getName()] = choices[i]->getAlgorithmVariant().getTactic();
    }
    int32_t answer = 1;
    bool outOfRange = false;
    std::map<std::string, int64_t> picked, reported;
};

TEST_F(Times, AlgorithmSelectorPicksTheTactics) {
    Selector selector;
    build.config->setAlgorithmSelector(&selector);
    ASSERT_NE(build.plan(), nullptr) << logger.all();
    EXPECT_FALSE(selector.picked.empty());
    EXPECT_EQ(selector.picked, selector.reported);
}

TEST_F(Times, AlgorithmSelectorMayLeaveTheChoice) {
    Selector selector;
    selector.answer = 0;
    build.config->setAlgorithmSelector(&selector);
    EXPECT_NE(build.plan(), nullptr) << logger.all();
    build.config->setFlag(BuilderFlag::kREJECT_EMPTY_ALGORITHMS);
    EXPECT_EQ(build.plan(), nullptr);
    EXPECT_TRUE(logger.error("kREJECT_EMPTY_ALGORITHMS"));
}

TEST_F(Times, AlgorithmSelectorFailsTheBuild) {
    Selector selector;
    build.config->setAlgorithmSelector(&selector);
    selector.answer = -1;
    EXPECT_EQ(build.plan(), nullptr);
    selector.answer = 1;
    selector.outOfRange = true;
    EXPECT_EQ(build.plan(), nullptr);
    EXPECT_TRUE(logger.error("algorithm selector")) << logger.all();
}

}  // namespace
}  // namespace apitest
