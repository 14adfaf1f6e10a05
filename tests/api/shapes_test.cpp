// SPDX-License-Identifier: Apache-2.0
// Shapes that depend on values: of shape tensor inputs, and of the data.
#include "opentrt/extension.h"
#include "support.h"

namespace apitest {
namespace {

struct Output final : IOutputAllocator {
    void* reallocateOutputAsync(char const*, void*, uint64_t size, uint64_t, cudaStream_t) override {
        memory.assign((size + sizeof(int64_t) - 1) / sizeof(int64_t), -1);
        return memory.data();
    }
    void notifyShape(char const*, Dims const& d) override { dims = d; }
    std::vector<int64_t> memory;
    Dims dims{};
};

//! y = positions of the values of x that are not zero.
TEST(DataDependentShape, IsKnownAfterTheRun) {
    Logger logger;
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    Dims dims{1, {6}};
    ITensor* x = network->addInput("x", DataType::kFLOAT, dims);
    ILayer* layer = opentrt::addOperator(*network, "NonZero{indicesType=i64}", &x, 1);
    ASSERT_NE(layer, nullptr) << logger.all();
    ITensor* y = layer->getOutput(0);
    y->setName("y");
    network->markOutput(*y);
    const std::unique_ptr<ICudaEngine> engine(builder->buildEngineWithConfig(*network, *config));
    ASSERT_NE(engine, nullptr) << logger.all();
    EXPECT_EQ(engine->getTensorShape("y").d[1], -1);
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    EXPECT_EQ(context->getTensorShape("y").d[1], -1);
    std::vector<float> in{0, 1, 0, 2, 3, 0};
    Output output;
    context->setTensorAddress("x", in.data());
    EXPECT_FALSE(context->enqueueV3(nullptr));
    EXPECT_TRUE(logger.error("y: ")) << logger.all();
    context->setOutputAllocator("y", &output);
    ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
    EXPECT_EQ(output.dims.d[1], 3);
    EXPECT_EQ(context->getTensorShape("y").d[1], 3);
    EXPECT_EQ(output.memory, (std::vector<int64_t>{1, 3, 4}));
    in[0] = 5;
    ASSERT_TRUE(context->enqueueV3(nullptr));
    EXPECT_EQ(output.memory, (std::vector<int64_t>{0, 1, 3, 4}));
    EXPECT_EQ(context->getTensorShape("y").d[1], 4);
}

//! y = x [-1, 6] reshaped to the values of s.
struct ShapeTensor : testing::Test {
    Logger logger;
    std::unique_ptr<ICudaEngine> engine;
    std::unique_ptr<IExecutionContext> context;
    std::vector<float> x = ramp(12), y = std::vector<float>(12, -1);

    void SetUp() override {
        const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
        const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
        const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
        ITensor* in = network->addInput("x", DataType::kFLOAT, Dims2(-1, 6));
        ITensor* s = network->addInput("s", DataType::kINT32, Dims{1, {2}});
        IShuffleLayer* shuffle = network->addShuffle(*in);
        shuffle->setInput(1, *s);
        shuffle->getOutput(0)->setName("y");
        network->markOutput(*shuffle->getOutput(0));
        IOptimizationProfile* profile = builder->createOptimizationProfile();
        const int32_t low[] = {1, 1}, mid[] = {3, 4}, high[] = {12, 24};
        profile->setDimensions("x", OptProfileSelector::kMIN, Dims2(1, 6));
        profile->setDimensions("x", OptProfileSelector::kOPT, Dims2(2, 6));
        profile->setDimensions("x", OptProfileSelector::kMAX, Dims2(4, 6));
        profile->setShapeValues("s", OptProfileSelector::kMIN, low, 2);
        profile->setShapeValues("s", OptProfileSelector::kOPT, mid, 2);
        profile->setShapeValues("s", OptProfileSelector::kMAX, high, 2);
        ASSERT_EQ(config->addOptimizationProfile(profile), 0);
        engine.reset(builder->buildEngineWithConfig(*network, *config));
        ASSERT_NE(engine, nullptr) << logger.all();
        context.reset(engine->createExecutionContext());
    }
};

TEST_F(ShapeTensor, LivesOnTheHostAndHasValuesInItsProfile) {
    EXPECT_TRUE(engine->isShapeInferenceIO("s"));
    EXPECT_FALSE(engine->isShapeInferenceIO("x"));
    EXPECT_EQ(engine->getTensorLocation("s"), TensorLocation::kHOST);
    EXPECT_EQ(engine->getProfileTensorValuesV2("s", 0, OptProfileSelector::kMAX)[1], 24);
    EXPECT_EQ(engine->getProfileTensorValues("s", 0, OptProfileSelector::kOPT)[0], 3);
    EXPECT_EQ(engine->getProfileTensorValues("x", 0, OptProfileSelector::kOPT), nullptr);
    EXPECT_TRUE(engine->isShapeBinding(1));
    EXPECT_FALSE(engine->isExecutionBinding(1));
}

TEST_F(ShapeTensor, SizesTheOutput) {
    int32_t s[] = {3, 4};
    EXPECT_FALSE(context->allInputShapesSpecified());
    ASSERT_TRUE(context->setInputShape("x", Dims2(2, 6)));
    const char* missing = nullptr;
    EXPECT_EQ(context->inferShapes(1, &missing), 1);
    EXPECT_STREQ(missing, "s");
    ASSERT_TRUE(context->setTensorAddress("s", s));
    EXPECT_EQ(context->inferShapes(0, nullptr), 0) << logger.all();
    EXPECT_EQ(context->getTensorShape("y").d[1], 4);
    context->setTensorAddress("x", x.data());
    context->setTensorAddress("y", y.data());
    ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
    EXPECT_EQ(x, y);
    s[0] = 4, s[1] = 3;
    EXPECT_EQ(context->getTensorShape("y").d[1], 3);
    ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
    EXPECT_EQ(x, y);
}

TEST_F(ShapeTensor, RefusesVolumesThatDiffer) {
    int32_t s[] = {3, 3};
    context->setInputShape("x", Dims2(2, 6));
    void* bindings[] = {x.data(), s, y.data()};
    EXPECT_FALSE(context->executeV2(bindings));
    EXPECT_NE(logger.all(), "");
}

TEST_F(ShapeTensor, MayBeGivenByBinding) {
    const int32_t s[] = {6, 2};
    int32_t back[2] = {};
    ASSERT_TRUE(context->setBindingDimensions(0, Dims2(2, 6))) << logger.all();
    EXPECT_FALSE(context->setInputShapeBinding(0, s));
    ASSERT_TRUE(context->setInputShapeBinding(1, s)) << logger.all();
    ASSERT_TRUE(context->getShapeBinding(1, back));
    EXPECT_EQ(back[0], 6);
    EXPECT_EQ(context->getBindingDimensions(2).d[1], 2);
    EXPECT_EQ(context->getStrides(2).d[0], 2);
    void* bindings[] = {x.data(), nullptr, y.data()};
    ASSERT_TRUE(context->executeV2(bindings)) << logger.all();
    EXPECT_EQ(x, y);
    EXPECT_EQ(context->getBindingDimensions(9).nbDims, -1);
}

//! A profile that allows one shape says it to the context.
TEST(FixedShape, NeedsNotBeSet) {
    Logger logger;
    Build build(logger, -1, false);
    build.addProfile(2, 2, 2);
    build.addProfile(1, 2, 3);
    const std::unique_ptr<ICudaEngine> engine(build.builder->buildEngineWithConfig(*build.network, *build.config));
    ASSERT_NE(engine, nullptr) << logger.all();
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    EXPECT_EQ(context->getTensorShape("y").d[0], 2);
    std::vector<float> x = ramp(8), y(8);
    void* bindings[] = {x.data(), y.data()};
    ASSERT_TRUE(context->executeV2(bindings)) << logger.all();
    EXPECT_EQ(y, build.net.expected(x));
    ASSERT_TRUE(context->setOptimizationProfileAsync(1, nullptr));
    EXPECT_EQ(context->getTensorShape("y").d[0], -1);
    EXPECT_FALSE(context->executeV2(bindings));
}

//! Contents that the profile fixes are a shape still, and others are refused.
TEST(FixedContents, AreShapesOfTheEngine) {
    Logger logger;
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    IShuffleLayer* shuffle = network->addShuffle(*network->addInput("x", DataType::kFLOAT, Dims2(2, 3)));
    shuffle->setInput(1, *network->addInput("s", DataType::kINT64, Dims{1, {2}}));
    network->markOutput(*shuffle->getOutput(0));
    IOptimizationProfile* profile = builder->createOptimizationProfile();
    const int64_t only[] = {3, 2};
    for (const auto point : {OptProfileSelector::kMIN, OptProfileSelector::kOPT, OptProfileSelector::kMAX})
        ASSERT_TRUE(profile->setShapeValuesV2("s", point, only, 2));
    config->addOptimizationProfile(profile);
    const std::unique_ptr<ICudaEngine> engine(builder->buildEngineWithConfig(*network, *config));
    ASSERT_NE(engine, nullptr) << logger.all();
    EXPECT_TRUE(engine->isShapeInferenceIO("s"));
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    std::vector<float> x = ramp(6), y(6);
    int64_t s[] = {3, 2};
    void* bindings[] = {x.data(), s, y.data()};
    ASSERT_TRUE(context->executeV2(bindings)) << logger.all();
    EXPECT_EQ(y, x);
    s[0] = 6;
    s[1] = 1;
    EXPECT_FALSE(context->executeV2(bindings));
    EXPECT_TRUE(logger.error("s: ")) << logger.all();
}

}  // namespace
}  // namespace apitest
