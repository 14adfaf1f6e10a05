// SPDX-License-Identifier: Apache-2.0
// Plugin layers from the network to numbers: through a plan and a new runtime, with the errors that tell what is
// missing.
#include "plugin_support.h"

namespace apitest {

Counts ScaleV2::counts;
Counts PositiveV3::counts;

namespace {

struct ScaleNet {
    explicit ScaleNet(Logger& logger, ScaleV2::State state, int64_t rows = -1)
        : builder(createInferBuilder(logger)),
          network(builder->createNetworkV2(0)),
          config(builder->createBuilderConfig()) {
        ITensor* x = network->addInput("x", DataType::kFLOAT, Dims2(rows, 3));
        x = network->addActivation(*x, ActivationType::kRELU)->getOutput(0);
        ScaleV2 plugin(state);
        plugin.setPluginNamespace("test");
        layer = network->addPluginV2(&x, 1, plugin);
        layer->setName("scaled");
        layer->getOutput(0)->setName("y");
        network->markOutput(*layer->getOutput(0));
        if (rows < 0) {
            IOptimizationProfile* profile = builder->createOptimizationProfile();
            profile->setDimensions("x", OptProfileSelector::kMIN, Dims2(1, 3));
            profile->setDimensions("x", OptProfileSelector::kOPT, Dims2(2, 3));
            profile->setDimensions("x", OptProfileSelector::kMAX, Dims2(5, 3));
            config->addOptimizationProfile(profile);
        }
    }
    std::unique_ptr<IHostMemory> plan() {
        return std::unique_ptr<IHostMemory>(builder->buildSerializedNetwork(*network, *config));
    }

    std::unique_ptr<IBuilder> builder;
    std::unique_ptr<INetworkDefinition> network;
    std::unique_ptr<IBuilderConfig> config;
    IPluginV2Layer* layer = nullptr;
};

struct Registered {
    explicit Registered(IPluginRegistry& registry) : registry(registry) {
        EXPECT_TRUE(registry.registerCreator(scale, "test"));
        EXPECT_TRUE(registry.registerCreator(positive, ""));
    }
    ~Registered() {
        registry.deregisterCreator(scale);
        registry.deregisterCreator(positive);
    }
    IPluginRegistry& registry;
    ScaleV2Creator scale;
    PositiveV3Creator positive;
};

std::vector<float> run(ICudaEngine& engine, IExecutionContext& context, std::vector<float> x, int64_t rows,
                       size_t outputs) {
    std::vector<float> y(outputs, -1);
    if (engine.getTensorShape("x").d[0] < 0) {
        EXPECT_TRUE(context.setInputShape("x", Dims2(rows, 3)));
    }
    context.setTensorAddress("x", x.data());
    context.setTensorAddress("y", y.data());
    EXPECT_TRUE(context.enqueueV3(nullptr));
    return y;
}

TEST(Plugins, RunFromAPlanInANewRuntime) {
    Logger logger;
    {
        ScaleV2::State state;
        state.factor = 3;
        state.twice = true;
        ScaleNet net(logger, state);
        EXPECT_EQ(net.layer->getType(), LayerType::kPLUGIN_V2);
        EXPECT_STREQ(net.layer->getPlugin().getPluginType(), "ScaleV2");
        EXPECT_EQ(net.layer->getOutput(0)->getDimensions().d[1], 3);
        const auto plan = net.plan();
        ASSERT_NE(plan, nullptr) << logger.all();
        const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
        const Registered registered(runtime->getPluginRegistry());
        const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
        ASSERT_NE(engine, nullptr) << logger.all();
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        EXPECT_EQ(run(*engine, *context, {1, -2, 3}, 1, 6), (std::vector<float>{3, 0, 9, 3, 0, 9}));
        EXPECT_EQ(run(*engine, *context, {1, 2, 3, 4, 5, 6}, 2, 12),
                  (std::vector<float>{3, 6, 9, 12, 15, 18, 3, 6, 9, 12, 15, 18}));
        EXPECT_EQ(run(*engine, *context, {4, 5, 6}, 1, 6), (std::vector<float>{12, 15, 18, 12, 15, 18}));
        const std::unique_ptr<IExecutionContext> other(engine->createExecutionContext());
        EXPECT_EQ(run(*engine, *other, {1, 0, 0}, 1, 6), (std::vector<float>{3, 0, 0, 3, 0, 0}));
    }
    EXPECT_TRUE(ScaleV2::counts.none()) << ScaleV2::counts.objects << " objects, " << ScaleV2::counts.initialized
                                        << " initialized, " << ScaleV2::counts.attached << " attached";
}

TEST(Plugins, AnEngineThatIsBuiltHereNeedsNoCreator) {
    Logger logger;
    {
        ScaleV2::State state;
        state.factor = -1;
        ScaleNet net(logger, state, 2);
        const std::unique_ptr<ICudaEngine> engine(net.builder->buildEngineWithConfig(*net.network, *net.config));
        ASSERT_NE(engine, nullptr) << logger.all();
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        EXPECT_EQ(run(*engine, *context, {1, 2, 3, 4, -5, 6}, 2, 6), (std::vector<float>{-1, -2, -3, -4, -0.0F, -6}));
    }
    EXPECT_TRUE(ScaleV2::counts.none());
}

TEST(Plugins, ComputeInHalvesBetweenLayersOfFloats) {
    Logger logger;
    {
        ScaleV2::State state;
        state.computes = DataType::kHALF;
        ScaleNet net(logger, state, 1);
        const std::unique_ptr<ICudaEngine> engine(net.builder->buildEngineWithConfig(*net.network, *net.config));
        ASSERT_NE(engine, nullptr) << logger.all();
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        EXPECT_EQ(run(*engine, *context, {1, 0.5F, 3}, 1, 3), (std::vector<float>{2, 1, 6}));
    }
    EXPECT_TRUE(ScaleV2::counts.none());
}

TEST(Plugins, AMissingCreatorIsNamedWithTheLayer) {
    Logger logger;
    ScaleNet net(logger, {}, 1);
    const auto plan = net.plan();
    ASSERT_NE(plan, nullptr) << logger.all();
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    EXPECT_EQ(runtime->deserializeCudaEngine(plan->data(), plan->size()), nullptr);
    EXPECT_TRUE(logger.error("scaled: no creator of the plugin \"ScaleV2\", version \"1\", namespace \"test\""))
        << logger.all();
}

TEST(Plugins, APluginThatTakesNoTypesIsNamedWithTheLayer) {
    Logger logger;
    ScaleV2::State state;
    state.computes = DataType::kINT8;
    ScaleNet net(logger, state, 1);
    EXPECT_EQ(net.plan(), nullptr);
    EXPECT_TRUE(logger.error("scaled: the plugin ScaleV2 takes its tensors (f32, f32) in no types")) << logger.all();
}

TEST(Plugins, AFailingEnqueueIsNamedWithTheLayer) {
    Logger logger;
    ScaleV2::State state;
    state.status = 7;
    ScaleNet net(logger, state, 1);
    const std::unique_ptr<ICudaEngine> engine(net.builder->buildEngineWithConfig(*net.network, *net.config));
    ASSERT_NE(engine, nullptr) << logger.all();
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    std::vector<float> x(3), y(3);
    context->setTensorAddress("x", x.data());
    context->setTensorAddress("y", y.data());
    EXPECT_FALSE(context->enqueueV3(nullptr));
    EXPECT_TRUE(logger.error("scaled: enqueue of the plugin ScaleV2 answered 7 instead of 0")) << logger.all();
}

class Output final : public IOutputAllocator {
public:
    void* reallocateOutput(char const*, void*, uint64_t size, uint64_t) override {
        memory.resize(size / sizeof(float));
        return memory.data();
    }
    void notifyShape(char const*, Dims const& dims) override { shape = dims; }
    std::vector<float> memory;
    Dims shape{};
};

TEST(Plugins, TellTheSizeOfTheirOutputs) {
    Logger logger;
    {
        const Registered registered(*getPluginRegistry());
        const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
        const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
        const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
        ITensor* x = network->addInput("x", DataType::kFLOAT, Dims2(2, 3));
        PositiveV3 plugin(10);
        IPluginV3Layer* layer = network->addPluginV3(&x, 1, nullptr, 0, plugin);
        ASSERT_NE(layer, nullptr) << logger.all();
        ITensor* y = network->addUnary(*layer->getOutput(0), UnaryOperation::kNEG)->getOutput(0);
        y->setName("y");
        layer->getOutput(1)->setName("n");
        network->markOutput(*y);
        network->markOutput(*layer->getOutput(1));
        const std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
        ASSERT_NE(plan, nullptr) << logger.all();
        const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
        const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
        ASSERT_NE(engine, nullptr) << logger.all();
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        Output output;
        int32_t count = 0;
        for (const int positive : {2, 6, 0}) {
            std::vector<float> in;
            for (int i = 0; i < 6; ++i) in.push_back(i < positive ? static_cast<float>(i + 1) : -1.0F);
            context->setTensorAddress("x", in.data());
            context->setTensorAddress("n", &count);
            context->setOutputAllocator("y", &output);
            ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
            EXPECT_EQ(count, positive);
            EXPECT_EQ(output.shape.nbDims, 1);
            EXPECT_EQ(output.shape.d[0], positive);
            for (int i = 0; i < positive; ++i) {
                EXPECT_EQ(output.memory[static_cast<size_t>(i)], -static_cast<float>(i + 11));
            }
        }
    }
    EXPECT_TRUE(PositiveV3::counts.none()) << PositiveV3::counts.objects << " " << PositiveV3::counts.attached;
}

}  // namespace
}  // namespace apitest
