// SPDX-License-Identifier: Apache-2.0
// Inputs and outputs whose channels come last in the application's memory, while dimensions keep their order.
#include "support.h"

namespace apitest {
namespace {

constexpr uint32_t bit(TensorFormat format) {
    return 1U << static_cast<uint32_t>(format);
}

//! y = relu(x) of x [n, 3, 2, 2] or [n, 3, 2, 2, 1].
struct ImageNet {
    explicit ImageNet(Dims64 const& dims)
        : builder(createInferBuilder(logger)),
          network(builder->createNetworkV2(0)),
          config(builder->createBuilderConfig()) {
        x = network->addInput("x", DataType::kFLOAT, dims);
        y = network->addActivation(*x, ActivationType::kRELU)->getOutput(0);
        y->setName("y");
        network->markOutput(*y);
        if (dims.d[0] >= 0) return;
        IOptimizationProfile* profile = builder->createOptimizationProfile();
        Dims64 least = dims, most = dims;
        least.d[0] = 1;
        most.d[0] = 4;
        profile->setDimensions("x", OptProfileSelector::kMIN, least);
        profile->setDimensions("x", OptProfileSelector::kOPT, least);
        profile->setDimensions("x", OptProfileSelector::kMAX, most);
        config->addOptimizationProfile(profile);
    }
    std::unique_ptr<IHostMemory> plan() {
        return std::unique_ptr<IHostMemory>(builder->buildSerializedNetwork(*network, *config));
    }

    Logger logger;
    std::unique_ptr<IBuilder> builder;
    std::unique_ptr<INetworkDefinition> network;
    std::unique_ptr<IBuilderConfig> config;
    ITensor *x, *y;
};

//! Elements [n, 3, 4] of `values` in the order [n, 4, 3].
std::vector<float> channelsLast(const std::vector<float>& values) {
    std::vector<float> turned;
    for (size_t n = 0; n < values.size() / 12; ++n) {
        for (size_t p = 0; p < 4; ++p) {
            for (size_t c = 0; c < 3; ++c) turned.push_back(values[n * 12 + c * 4 + p]);
        }
    }
    return turned;
}

std::vector<int64_t> strides(IExecutionContext& context, const char* name) {
    const Dims64 dims = context.getTensorStrides(name);
    return {dims.d, dims.d + dims.nbDims};
}

void runs(ImageNet& net, Dims64 const& dims, bool lastIn, bool lastOut) {
    const auto plan = net.plan();
    ASSERT_NE(plan, nullptr) << net.logger.all();
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(net.logger));
    const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    const TensorFormat last = dims.nbDims == 4 ? TensorFormat::kHWC : TensorFormat::kDHWC;
    EXPECT_EQ(engine->getTensorFormat("x"), lastIn ? last : TensorFormat::kLINEAR);
    EXPECT_EQ(engine->getTensorFormat("y"), lastOut ? last : TensorFormat::kLINEAR);
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    ASSERT_TRUE(context->setInputShape("x", dims));
    std::vector<float> values = ramp(static_cast<size_t>(12 * dims.d[0])), expected = values;
    for (float& v : expected) v = v > 0 ? v : 0;
    const std::vector<float> given = lastIn ? channelsLast(values) : values;
    std::vector<float> result(values.size());
    context->setTensorAddress("x", const_cast<float*>(given.data()));
    context->setTensorAddress("y", result.data());
    ASSERT_TRUE(context->enqueueV3(nullptr)) << net.logger.all();
    EXPECT_EQ(result, lastOut ? channelsLast(expected) : expected);
    const std::vector<int64_t> linear = dims.nbDims == 4 ? std::vector<int64_t>{12, 4, 2, 1}
                                                         : std::vector<int64_t>{12, 4, 2, 1, 1},
                               turned = dims.nbDims == 4 ? std::vector<int64_t>{12, 1, 6, 3}
                                                         : std::vector<int64_t>{12, 1, 6, 3, 3};
    EXPECT_EQ(strides(*context, "x"), lastIn ? turned : linear);
    EXPECT_EQ(strides(*context, "y"), lastOut ? turned : linear);
}

TEST(Formats, MayHaveTheChannelsLast) {
    for (const bool in : {false, true}) {
        for (const bool out : {false, true}) {
            ImageNet net(Dims4(2, 3, 2, 2));
            if (in) net.x->setAllowedFormats(bit(TensorFormat::kHWC));
            if (out) net.y->setAllowedFormats(bit(TensorFormat::kHWC) | bit(TensorFormat::kCHW32));
            runs(net, Dims4(2, 3, 2, 2), in, out);
        }
    }
}

TEST(Formats, MayHaveTheChannelsLastInVolumesOfAnySize) {
    ImageNet net(Dims64{5, {-1, 3, 2, 2, 1}});
    net.x->setAllowedFormats(bit(TensorFormat::kDHWC));
    net.y->setAllowedFormats(bit(TensorFormat::kDHWC));
    runs(net, Dims64{5, {3, 3, 2, 2, 1}}, true, true);
}

TEST(Formats, AreLinearWhereThatIsAllowed) {
    ImageNet net(Dims4(2, 3, 2, 2));
    net.x->setAllowedFormats(bit(TensorFormat::kHWC) | bit(TensorFormat::kLINEAR));
    runs(net, Dims4(2, 3, 2, 2), false, false);
}

TEST(Formats, ThatDoNotExistAreRefused) {
    ImageNet net(Dims4(2, 3, 2, 2));
    net.y->setAllowedFormats(bit(TensorFormat::kCHW32));
    EXPECT_EQ(net.plan(), nullptr);
    EXPECT_TRUE(net.logger.error("y: the formats that are allowed for this tensor of rank 4, 32 as a mask"))
        << net.logger.all();
}

}  // namespace
}  // namespace apitest
