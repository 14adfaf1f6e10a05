// SPDX-License-Identifier: Apache-2.0
// Debug tensors: marked ones survive fusion and are shown with their values; unmarked ones are not.
#include "support.h"

namespace apitest {
namespace {

class Listener final : public IDebugListener {
public:
    bool processDebugTensor(void const* address, TensorLocation, DataType type, Dims64 const& shape, char const* name,
                            cudaStream_t) override {
        EXPECT_EQ(type, DataType::kFLOAT);
        int64_t count = 1;
        for (int32_t d = 0; d < shape.nbDims; ++d) count *= shape.d[d];
        const auto* values = static_cast<float const*>(address);
        seen[name].assign(values, values + count);
        return accept;
    }
    std::map<std::string, std::vector<float>> seen;
    bool accept = true;
};

//! y = -(relu(x) + 1) with the names a = relu(x), b = a + 1.
struct Chain {
    explicit Chain(Logger& logger)
        : builder(createInferBuilder(logger)),
          network(builder->createNetworkV2(0)),
          config(builder->createBuilderConfig()) {
        ITensor* x = network->addInput("x", DataType::kFLOAT, Dims2(1, 3));
        a = network->addActivation(*x, ActivationType::kRELU)->getOutput(0);
        a->setName("a");
        ITensor* one = network->addConstant(Dims2(1, 1), {DataType::kFLOAT, &kOne, 1})->getOutput(0);
        b = network->addElementWise(*a, *one, ElementWiseOperation::kSUM)->getOutput(0);
        b->setName("b");
        ITensor* y = network->addUnary(*b, UnaryOperation::kNEG)->getOutput(0);
        y->setName("y");
        network->markOutput(*y);
    }
    std::unique_ptr<ICudaEngine> engine() {
        return std::unique_ptr<ICudaEngine>(builder->buildEngineWithConfig(*network, *config));
    }

    static constexpr float kOne = 1;
    std::unique_ptr<IBuilder> builder;
    std::unique_ptr<INetworkDefinition> network;
    std::unique_ptr<IBuilderConfig> config;
    ITensor *a, *b;
};

std::vector<float> run(IExecutionContext& context, bool expected = true) {
    std::vector<float> x{-1, 2, 3}, y(3);
    context.setTensorAddress("x", x.data());
    context.setTensorAddress("y", y.data());
    EXPECT_EQ(context.enqueueV3(nullptr), expected);
    return y;
}

TEST(DebugTensors, AMarkedTensorIsShownWithItsValues) {
    Logger logger;
    Chain chain(logger);
    EXPECT_TRUE(chain.network->markDebug(*chain.a));
    EXPECT_TRUE(chain.network->markDebug(*chain.b));
    EXPECT_TRUE(chain.network->unmarkDebug(*chain.b));
    EXPECT_TRUE(chain.network->isDebugTensor(*chain.a));
    EXPECT_FALSE(chain.network->isDebugTensor(*chain.b));
    const auto engine = chain.engine();
    ASSERT_NE(engine, nullptr) << logger.all();
    EXPECT_TRUE(engine->isDebugTensor("a"));
    EXPECT_FALSE(engine->isDebugTensor("b"));
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    Listener listener;
    EXPECT_TRUE(context->setDebugListener(&listener));
    EXPECT_EQ(context->getDebugListener(), &listener);
    EXPECT_EQ(run(*context), (std::vector<float>{-1, -3, -4}));
    EXPECT_TRUE(listener.seen.empty()) << "shown without being asked for";
    EXPECT_TRUE(context->setTensorDebugState("a", true));
    EXPECT_TRUE(context->getDebugState("a"));
    EXPECT_FALSE(context->setTensorDebugState("b", true));
    EXPECT_EQ(run(*context), (std::vector<float>{-1, -3, -4}));
    ASSERT_EQ(listener.seen.size(), 1U);
    EXPECT_EQ(listener.seen["a"], (std::vector<float>{0, 2, 3}));
    listener.seen.clear();
    EXPECT_TRUE(context->setAllTensorsDebugState(false));
    run(*context);
    EXPECT_TRUE(listener.seen.empty());
}

TEST(DebugTensors, UnfusedTensorsLeaveFusionAsItIs) {
    Logger logger;
    Chain chain(logger);
    EXPECT_TRUE(chain.network->markUnfusedTensorsAsDebugTensors());
    const auto engine = chain.engine();
    ASSERT_NE(engine, nullptr) << logger.all();
    EXPECT_FALSE(engine->isDebugTensor("a"));
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    Listener listener;
    context->setDebugListener(&listener);
    EXPECT_TRUE(context->setUnfusedTensorsDebugState(true));
    run(*context);
    ASSERT_EQ(listener.seen.size(), 1U);
    EXPECT_EQ(listener.seen["y"], (std::vector<float>{-1, -3, -4}));
}

TEST(DebugTensors, AListenerThatRefusesATensorFailsTheRun) {
    Logger logger;
    Chain chain(logger);
    chain.network->markDebug(*chain.b);
    const auto engine = chain.engine();
    ASSERT_NE(engine, nullptr) << logger.all();
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    Listener listener;
    listener.accept = false;
    context->setDebugListener(&listener);
    context->setAllTensorsDebugState(true);
    run(*context, false);
    EXPECT_TRUE(logger.error("b: the debug listener did not take the tensor")) << logger.all();
}

}  // namespace
}  // namespace apitest
