// SPDX-License-Identifier: Apache-2.0
// Builds with an INT8 calibrator.
#include <cmath>

#include "support.h"

namespace apitest {
namespace {

//! Gives `batches` batches of ones times 1, 2, 3, ... of `elements` values.
template <class Base>
struct Calibrator : Base {
    Calibrator(int batches, size_t elements) : batches(batches), data(elements) {}
    int32_t getBatchSize() const override { return 2; }
    bool getBatch(void* bindings[], char const* names[], int32_t count) override {
        EXPECT_EQ(count, 1);
        EXPECT_STREQ(names[0], "x");
        if (given == batches) return false;
        std::fill(data.begin(), data.end(), static_cast<float>(++given));
        bindings[0] = noAddress ? nullptr : data.data();
        return true;
    }
    void const* readCalibrationCache(std::size_t& length) override {
        length = cache.size();
        return cache.data();
    }
    void writeCalibrationCache(void const* data, std::size_t length) override {
        cache.assign(static_cast<const char*>(data), length);
        ++written;
    }
    double getQuantile() const { return 1; }
    double getRegressionCutoff() const { return 1; }
    void const* readHistogramCache(std::size_t&) { return nullptr; }
    void writeHistogramCache(void const*, std::size_t) {}

    int batches, given = 0, written = 0;
    bool noAddress = false;
    std::vector<float> data;
    std::string cache;
};
using MinMax = Calibrator<IInt8MinMaxCalibrator>;

//! The greatest value of the tensor's range; -1: it has none.
float rangeOf(INetworkDefinition& network, const std::string& name) {
    std::vector<ITensor*> tensors;
    for (int32_t i = 0; i < network.getNbInputs(); ++i) tensors.push_back(network.getInput(i));
    for (int32_t l = 0; l < network.getNbLayers(); ++l) {
        if (network.getLayer(l)->getNbOutputs() > 0) tensors.push_back(network.getLayer(l)->getOutput(0));
    }
    for (const ITensor* t : tensors) {
        if (t->getName() == name) return t->dynamicRangeIsSet() ? t->getDynamicRangeMax() : -1;
    }
    ADD_FAILURE() << "no tensor " << name;
    return -1;
}

struct Int8Build : Build {
    Int8Build(Logger& logger, IInt8Calibrator& calibrator, int64_t batch = -1) : Build(logger, batch) {
        config->setFlag(BuilderFlag::kINT8);
        config->setInt8Calibrator(&calibrator);
    }
};

TEST(Calibration, MeasuresEveryTensorAtTheOptOfTheProfile) {
    Logger logger;
    MinMax calibrator(2, 12);
    Int8Build build(logger, calibrator);
    ASSERT_NE(build.plan(), nullptr) << logger.all();
    EXPECT_EQ(calibrator.given, 2);
    EXPECT_EQ(calibrator.written, 1);
    EXPECT_EQ(calibrator.cache.rfind("TRT-101600-MinMaxCalibration\n", 0), 0) << calibrator.cache;
    EXPECT_FLOAT_EQ(rangeOf(*build.network, "x"), 2);
    EXPECT_FLOAT_EQ(rangeOf(*build.network, "(Unnamed Layer* 2)_output"), 8);  // 2 * -4
    EXPECT_FLOAT_EQ(rangeOf(*build.network, "y"), 8.5F);                       // 2 * 3 + 0.5 + 2
}

TEST(Calibration, ServesEveryKindOfCalibrator) {
    Logger logger;
    const auto title = [&](auto calibrator) {
        Int8Build build(logger, calibrator, 3);
        EXPECT_NE(build.plan(), nullptr) << logger.all();
        EXPECT_GT(rangeOf(*build.network, "y"), 0);
        return calibrator.cache.substr(0, calibrator.cache.find('\n'));
    };
    EXPECT_EQ(title(MinMax(1, 12)), "TRT-101600-MinMaxCalibration");
    EXPECT_EQ(title(Calibrator<IInt8EntropyCalibrator>(1, 12)), "TRT-101600-EntropyCalibration");
    EXPECT_EQ(title(Calibrator<IInt8EntropyCalibrator2>(1, 12)), "TRT-101600-EntropyCalibration2");
    EXPECT_EQ(title(Calibrator<IInt8LegacyCalibrator>(1, 12)), "TRT-101600-LegacyCalibration");
}

TEST(Calibration, AsksForNoBatchesWhenTheCacheHasTheRanges) {
    Logger logger;
    MinMax calibrator(2, 12);
    calibrator.cache = "TRT-8601-MinMaxCalibration\nx: 3c010204\ny: 3f800000\n";
    Int8Build build(logger, calibrator);
    ASSERT_NE(build.plan(), nullptr) << logger.all();
    EXPECT_EQ(calibrator.given + calibrator.written, 0);
    EXPECT_FLOAT_EQ(rangeOf(*build.network, "y"), 127);
    calibrator.cache = "TRT-8601-EntropyCalibration\nx: 3c010204\n";
    ASSERT_NE(build.plan(), nullptr) << logger.all();
    EXPECT_EQ(calibrator.given, 2);
    EXPECT_FLOAT_EQ(rangeOf(*build.network, "y"), 8.5F);
    EXPECT_TRUE(logger.has(ILogger::Severity::kWARNING, "not one of MinMaxCalibration"));
}

TEST(Calibration, LeavesRangesOfTheApplication) {
    Logger logger;
    MinMax calibrator(1, 12);
    Int8Build build(logger, calibrator);
    ASSERT_TRUE(build.network->getInput(0)->setDynamicRange(-3, 3));
    ASSERT_NE(build.plan(), nullptr) << logger.all();
    EXPECT_EQ(rangeOf(*build.network, "x"), 3);
}

TEST(Calibration, TakesTheSizesOfTheCalibrationProfile) {
    Logger logger;
    MinMax calibrator(1, 20);
    Int8Build build(logger, calibrator);
    IOptimizationProfile* profile = build.builder->createOptimizationProfile();
    for (const auto point : {OptProfileSelector::kMIN, OptProfileSelector::kOPT, OptProfileSelector::kMAX})
        ASSERT_TRUE(profile->setDimensions("x", point, Dims2(5, 4)));
    ASSERT_TRUE(build.config->setCalibrationProfile(profile));
    ASSERT_NE(build.plan(), nullptr) << logger.all();
    EXPECT_EQ(calibrator.given, 1);
}

TEST(Calibration, TakesTheBatchOfTheCalibratorWhenItIsImplicit) {
    Logger logger;
    MinMax calibrator(1, 8);
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    builder->setMaxBatchSize(4);
    const std::unique_ptr<INetworkDefinition> network(builder->createNetwork());
    network->markOutput(*network->addIdentity(*network->addInput("x", DataType::kFLOAT, Dims{1, {4}}))->getOutput(0));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    config->setFlag(BuilderFlag::kINT8);
    config->setInt8Calibrator(&calibrator);
    const std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
    ASSERT_NE(plan, nullptr) << logger.all();
    EXPECT_EQ(rangeOf(*network, "x"), 1);
}

TEST(Calibration, TakesFloatsForInputsOfHalfPrecision) {
    Logger logger;
    MinMax calibrator(3, 4);
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
    network->markOutput(*network->addIdentity(*network->addInput("x", DataType::kHALF, Dims{1, {4}}))->getOutput(0));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    config->setFlag(BuilderFlag::kINT8);
    config->setInt8Calibrator(&calibrator);
    const std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
    ASSERT_NE(plan, nullptr) << logger.all();
    EXPECT_EQ(rangeOf(*network, "x"), 3);
}

TEST(Calibration, SeesTheTensorsOfBranches) {
    Logger logger;
    MinMax calibrator(2, 4);
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims{1, {4}});
    const float zero = 0;
    ITensor* limit = network->addConstant(Dims{1, {1}}, {DataType::kFLOAT, &zero, 1})->getOutput(0);
    ITensor* top = network->addReduce(*x, ReduceOperation::kMAX, 1, true)->getOutput(0);
    ITensor* is = network->addElementWise(*top, *limit, ElementWiseOperation::kGREATER)->getOutput(0);
    IIfConditional* conditional = network->addIfConditional();
    IShuffleLayer* scalar = network->addShuffle(*is);
    scalar->setReshapeDimensions(Dims{0, {}});
    conditional->setCondition(*scalar->getOutput(0));
    ITensor* inner = conditional->addInput(*x)->getOutput(0);
    ITensor* twice = network->addElementWise(*inner, *inner, ElementWiseOperation::kSUM)->getOutput(0);
    twice->setName("twice");
    ITensor* y = conditional->addOutput(*twice, *inner)->getOutput(0);
    network->markOutput(*y);
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    config->setFlag(BuilderFlag::kINT8);
    config->setInt8Calibrator(&calibrator);
    const std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
    ASSERT_NE(plan, nullptr) << logger.all();
    EXPECT_EQ(rangeOf(*network, "twice"), 4);
}

TEST(Calibration, IsRefusedWithoutBatchesOrAddresses) {
    Logger logger;
    MinMax none(0, 12);
    EXPECT_EQ(Int8Build(logger, none).plan(), nullptr);
    EXPECT_TRUE(logger.error("gave no batch")) << logger.all();
    MinMax nowhere(1, 12);
    nowhere.noAddress = true;
    EXPECT_EQ(Int8Build(logger, nowhere).plan(), nullptr);
    EXPECT_TRUE(logger.error("no address")) << logger.all();
}

TEST(Calibration, IsNotAskedForWithoutTheFlagOrWithQuantizeLayers) {
    Logger logger;
    MinMax calibrator(1, 12);
    {
        Int8Build build(logger, calibrator);
        build.config->clearFlag(BuilderFlag::kINT8);
        EXPECT_NE(build.plan(), nullptr);
    }
    Int8Build build(logger, calibrator);
    const float scale = 0.1F;
    ITensor* s = build.network->addConstant(Dims{0, {}}, {DataType::kFLOAT, &scale, 1})->getOutput(0);
    ITensor* q = build.network->addQuantize(*build.network->getInput(0), *s)->getOutput(0);
    build.network->markOutput(*build.network->addDequantize(*q, *s)->getOutput(0));
    EXPECT_NE(build.plan(), nullptr) << logger.all();
    EXPECT_EQ(calibrator.given, 0);
    EXPECT_TRUE(logger.has(ILogger::Severity::kWARNING, "The calibrator is not asked"));
}

}  // namespace
}  // namespace apitest
