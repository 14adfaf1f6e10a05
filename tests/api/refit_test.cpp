// SPDX-License-Identifier: Apache-2.0
// Refitting: an engine with new weights is the engine that a build with these weights gives, bit for bit.
#include "support.h"

namespace apitest {
namespace {

//! y = relu(scale(conv(x)) + c): the scale is folded into the convolution, c becomes part of its epilogue.
struct Parameters {
    std::vector<float> kernel = ramp(8 * 3 * 3 * 3, -1), bias = ramp(8), shift = ramp(8, 1), scale = ramp(8, 2);
    std::vector<float> added = ramp(8, -3);

    static Parameters other() {
        Parameters p;
        for (std::vector<float>* list : {&p.kernel, &p.bias, &p.shift, &p.scale, &p.added}) {
            for (size_t i = 0; i < list->size(); ++i) (*list)[i] = 1.7F - (*list)[i] * (i % 3 == 0 ? 0.3F : -1.1F);
        }
        return p;
    }
    static Weights weights(const std::vector<float>& list) {
        return {DataType::kFLOAT, list.data(), static_cast<int64_t>(list.size())};
    }
};

struct Refit : testing::Test {
    Logger logger;
    std::unique_ptr<IRuntime> runtime{createInferRuntime(logger)};
    std::unique_ptr<IBuilder> builder{createInferBuilder(logger)};
    std::unique_ptr<IBuilderConfig> shared{builder->createBuilderConfig()};
    std::unique_ptr<ITimingCache> times{shared->createTimingCache(nullptr, 0)};
    Parameters before, after = Parameters::other();

    std::unique_ptr<IHostMemory> plan(const Parameters& p, std::vector<BuilderFlag> flags, bool named = true,
                                      const char* marked = nullptr) {
        const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
        const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
        ITensor* x = network->addInput("x", DataType::kFLOAT, Dims4(1, 3, 8, 8));
        ILayer* conv =
            network->addConvolutionNd(*x, 8, Dims2(3, 3), Parameters::weights(p.kernel), Parameters::weights(p.bias));
        conv->setName("conv");
        ILayer* scale = network->addScale(*conv->getOutput(0), ScaleMode::kCHANNEL, Parameters::weights(p.shift),
                                          Parameters::weights(p.scale), {});
        scale->setName("scale");
        ILayer* constant = network->addConstant(Dims4(1, 8, 1, 1), Parameters::weights(p.added));
        constant->setName("constant");
        ITensor* sum =
            network->addElementWise(*scale->getOutput(0), *constant->getOutput(0), ElementWiseOperation::kSUM)
                ->getOutput(0);
        ITensor* y = network->addActivation(*sum, ActivationType::kRELU)->getOutput(0);
        y->setName("y");
        network->markOutput(*y);
        if (named) {
            network->setWeightsName(Parameters::weights(p.kernel), "K");
            network->setWeightsName(Parameters::weights(p.bias), "B");
            network->setWeightsName(Parameters::weights(p.added), "A");
            network->setWeightsName(Parameters::weights(p.shift), "shifts");
            network->setWeightsName(Parameters::weights(p.scale), "scales");
        }
        EXPECT_TRUE(!marked || network->markWeightsRefittable(marked)) << logger.all();
        for (const BuilderFlag flag : flags) config->setFlag(flag);
        EXPECT_TRUE(config->setTimingCache(*times, false));
        return std::unique_ptr<IHostMemory>(builder->buildSerializedNetwork(*network, *config));
    }
    std::unique_ptr<ICudaEngine> load(const IHostMemory& plan) {
        return std::unique_ptr<ICudaEngine>(runtime->deserializeCudaEngine(plan.data(), plan.size()));
    }
    std::unique_ptr<ICudaEngine> engine(const Parameters& p, std::vector<BuilderFlag> flags, bool named = true,
                                        const char* marked = nullptr) {
        const auto bytes = plan(p, std::move(flags), named, marked);
        EXPECT_NE(bytes, nullptr) << logger.all();
        return bytes ? load(*bytes) : nullptr;
    }
    std::unique_ptr<IRefitter> refitter(ICudaEngine& engine) {
        return std::unique_ptr<IRefitter>(createInferRefitter(engine, logger));
    }
    static std::vector<float> run(IExecutionContext& context) {
        std::vector<float> x = ramp(3 * 8 * 8), y(8 * 6 * 6, -1);
        void* bindings[] = {x.data(), y.data()};
        return context.executeV2(bindings) ? y : std::vector<float>{};
    }
    std::vector<float> run(ICudaEngine& engine) {
        const std::unique_ptr<IExecutionContext> context(engine.createExecutionContext());
        return context ? run(*context) : std::vector<float>{};
    }
    void setAll(IRefitter& refitter, const Parameters& p) {
        EXPECT_TRUE(refitter.setWeights("conv", WeightsRole::kKERNEL, Parameters::weights(p.kernel)));
        EXPECT_TRUE(refitter.setWeights("conv", WeightsRole::kBIAS, Parameters::weights(p.bias)));
        EXPECT_TRUE(refitter.setWeights("scale", WeightsRole::kSHIFT, Parameters::weights(p.shift)));
        EXPECT_TRUE(refitter.setWeights("scale", WeightsRole::kSCALE, Parameters::weights(p.scale)));
        EXPECT_TRUE(refitter.setWeights("constant", WeightsRole::kCONSTANT, Parameters::weights(p.added)));
    }
};

TEST_F(Refit, GivesWhatABuildWithTheNewWeightsGives) {
    const auto refitted = engine(before, {BuilderFlag::kREFIT});
    const auto built = engine(after, {});
    ASSERT_TRUE(refitted && built) << logger.all();
    EXPECT_TRUE(refitted->isRefittable());
    EXPECT_FALSE(built->isRefittable());
    const std::unique_ptr<IExecutionContext> early(refitted->createExecutionContext());
    EXPECT_EQ(run(*early), run(*engine(before, {})));
    const auto refit = refitter(*refitted);
    ASSERT_NE(refit, nullptr) << logger.all();
    setAll(*refit, after);
    EXPECT_EQ(refit->getMissing(0, nullptr, nullptr), 0);
    ASSERT_TRUE(refit->refitCudaEngine()) << logger.all();
    const std::vector<float> expected = run(*built);
    ASSERT_FALSE(expected.empty());
    EXPECT_EQ(run(*refitted), expected);
    EXPECT_EQ(run(*early), expected) << "contexts from before the refit see the new weights";
}

TEST_F(Refit, LeavesAloneWhatIsNotGiven) {
    Parameters mixed = before;
    mixed.bias = after.bias;
    const auto refitted = engine(before, {BuilderFlag::kREFIT});
    const auto refit = refitter(*refitted);
    ASSERT_NE(refit, nullptr) << logger.all();
    ASSERT_TRUE(refit->setNamedWeights("B", Parameters::weights(after.bias)));
    ASSERT_TRUE(refit->refitCudaEngineAsync(nullptr)) << logger.all();
    EXPECT_EQ(run(*refitted), run(*engine(mixed, {})));
    // A refitted engine is saved with what it has now, and can be refitted again.
    const std::unique_ptr<IHostMemory> saved(refitted->serialize());
    const auto loaded = load(*saved);
    ASSERT_NE(loaded, nullptr) << logger.all();
    EXPECT_EQ(run(*loaded), run(*refitted));
    const auto again = refitter(*loaded);
    setAll(*again, after);
    ASSERT_TRUE(again->refitCudaEngine()) << logger.all();
    EXPECT_EQ(run(*loaded), run(*engine(after, {})));
}

TEST_F(Refit, ListsLayersRolesAndNames) {
    const auto refitted = engine(before, {BuilderFlag::kREFIT});
    const auto refit = refitter(*refitted);
    ASSERT_NE(refit, nullptr) << logger.all();
    const char* layers[9] = {};
    WeightsRole roles[9] = {};
    ASSERT_EQ(refit->getAll(9, layers, roles), 5);
    std::set<std::pair<std::string, WeightsRole>> all;
    for (size_t i = 0; i < 5; ++i) all.emplace(layers[i], roles[i]);
    EXPECT_EQ(all, (std::set<std::pair<std::string, WeightsRole>>{{"conv", WeightsRole::kKERNEL},
                                                                  {"conv", WeightsRole::kBIAS},
                                                                  {"scale", WeightsRole::kSHIFT},
                                                                  {"scale", WeightsRole::kSCALE},
                                                                  {"constant", WeightsRole::kCONSTANT}}));
    const char* names[2] = {};
    EXPECT_EQ(refit->getAllWeights(2, names), 5) << "more than fit";
    EXPECT_NE(names[1], nullptr);
    EXPECT_EQ(refit->getMissingWeights(0, nullptr), 0);
    const Weights prototype = refit->getWeightsPrototype("K");
    EXPECT_EQ(prototype.count, 8 * 3 * 3 * 3);
    EXPECT_EQ(prototype.type, DataType::kFLOAT);
    EXPECT_EQ(prototype.values, nullptr);
    EXPECT_EQ(refit->getWeightsPrototype("nothing").count, -1);
    EXPECT_EQ(refit->getLogger(), &logger);
    EXPECT_TRUE(refit->getWeightsValidation());
    EXPECT_FALSE(refit->setMaxThreads(0));
}

TEST_F(Refit, KeepsAndTakesBackWhatIsGivenByName) {
    const auto refitted = engine(before, {BuilderFlag::kREFIT_IDENTICAL});
    const auto refit = refitter(*refitted);
    ASSERT_NE(refit, nullptr) << logger.all();
    EXPECT_EQ(refit->getNamedWeights("K").count, 0);
    ASSERT_TRUE(refit->setNamedWeights("K", Parameters::weights(after.kernel), TensorLocation::kDEVICE));
    EXPECT_EQ(refit->getNamedWeights("K").values, after.kernel.data());
    EXPECT_EQ(refit->getWeightsLocation("K"), TensorLocation::kDEVICE);
    EXPECT_TRUE(refit->unsetNamedWeights("K"));
    EXPECT_FALSE(refit->unsetNamedWeights("K"));
    EXPECT_EQ(refit->getNamedWeights("K").count, 0);
    ASSERT_TRUE(refit->refitCudaEngine());
    EXPECT_EQ(run(*refitted), run(*engine(before, {})));
}

TEST_F(Refit, RefusesWeightsThatDoNotFit) {
    const auto refitted = engine(before, {BuilderFlag::kREFIT});
    const auto refit = refitter(*refitted);
    ASSERT_NE(refit, nullptr) << logger.all();
    EXPECT_FALSE(refit->setNamedWeights("K", Parameters::weights(after.bias)));
    EXPECT_TRUE(logger.error("weights of 8 elements are given when 216 are needed")) << logger.all();
    EXPECT_FALSE(refit->setNamedWeights("B", {DataType::kHALF, after.bias.data(), 8}));
    EXPECT_TRUE(logger.error("given as f16 when the engine was built with f32")) << logger.all();
    EXPECT_FALSE(refit->setNamedWeights("B", {DataType::kFLOAT, nullptr, 8}));
    EXPECT_FALSE(refit->setNamedWeights("nothing", Parameters::weights(after.bias)));
    EXPECT_FALSE(refit->setWeights("conv", WeightsRole::kSHIFT, Parameters::weights(after.bias)));
    EXPECT_FALSE(refit->setWeights("nothing", WeightsRole::kBIAS, Parameters::weights(after.bias)));
    EXPECT_FALSE(refit->setDynamicRange("x", -1, 1));
}

TEST_F(Refit, NeedsAnEngineBuiltForIt) {
    const auto fixed = engine(before, {});
    EXPECT_EQ(refitter(*fixed), nullptr);
    EXPECT_TRUE(logger.error("not refittable")) << logger.all();
    EXPECT_EQ(plan(before, {BuilderFlag::kREFIT, BuilderFlag::kREFIT_INDIVIDUAL}), nullptr);
    EXPECT_TRUE(logger.error("choose one")) << logger.all();
}

TEST_F(Refit, MayBeForMarkedWeightsOnly) {
    const auto refitted = engine(before, {BuilderFlag::kREFIT_INDIVIDUAL}, true, "A");
    const auto refit = refitter(*refitted);
    ASSERT_NE(refit, nullptr) << logger.all();
    EXPECT_EQ(refit->getAll(0, nullptr, nullptr), 1);
    EXPECT_FALSE(refit->setNamedWeights("K", Parameters::weights(after.kernel)));
    Parameters mixed = before;
    mixed.added = after.added;
    ASSERT_TRUE(refit->setNamedWeights("A", Parameters::weights(after.added)));
    ASSERT_TRUE(refit->refitCudaEngine()) << logger.all();
    EXPECT_EQ(run(*refitted), run(*engine(mixed, {})));
}

TEST_F(Refit, BringsBackTheWeightsOfAStrippedPlan) {
    for (const bool named : {true, false}) {
        const auto whole = plan(before, {BuilderFlag::kREFIT}, named);
        const auto bytes = plan(before, {BuilderFlag::kSTRIP_PLAN}, named);
        ASSERT_TRUE(whole && bytes) << logger.all();
        EXPECT_LT(bytes->size() + before.kernel.size() * sizeof(float), whole->size());
        const auto stripped = load(*bytes);
        ASSERT_NE(stripped, nullptr) << logger.all();
        EXPECT_GT(stripped->getEngineStat(EngineStat::kSTRIPPED_WEIGHTS_SIZE), 0);
        const std::unique_ptr<IExecutionContext> early(stripped->createExecutionContext());
        EXPECT_TRUE(run(*early).empty());
        EXPECT_TRUE(logger.error("give them with an IRefitter")) << logger.all();
        const auto refit = refitter(*stripped);
        ASSERT_NE(refit, nullptr) << logger.all();
        EXPECT_EQ(refit->getMissing(0, nullptr, nullptr), 5);
        EXPECT_EQ(refit->getMissingWeights(0, nullptr), named ? 5 : 0);
        EXPECT_FALSE(refit->refitCudaEngine());
        EXPECT_TRUE(logger.error("getMissing")) << logger.all();
        setAll(*refit, before);
        EXPECT_EQ(refit->getMissing(0, nullptr, nullptr), 0);
        ASSERT_TRUE(refit->refitCudaEngine()) << logger.all();
        EXPECT_EQ(stripped->getEngineStat(EngineStat::kSTRIPPED_WEIGHTS_SIZE), 0);
        const std::vector<float> expected = run(*load(*whole));
        ASSERT_FALSE(expected.empty());
        EXPECT_EQ(run(*stripped), expected);
        EXPECT_EQ(run(*early), expected);
    }
}

TEST_F(Refit, MayLeaveOutWeightsWhenSaving) {
    const auto whole = engine(before, {BuilderFlag::kREFIT});
    const std::unique_ptr<ISerializationConfig> config(whole->createSerializationConfig());
    ASSERT_TRUE(config->setFlag(SerializationFlag::kEXCLUDE_WEIGHTS));
    const std::unique_ptr<IHostMemory> bytes(whole->serializeWithConfig(*config));
    ASSERT_NE(bytes, nullptr) << logger.all();
    EXPECT_FALSE(run(*whole).empty()) << "the engine itself stays whole";
    const auto stripped = load(*bytes);
    EXPECT_EQ(refitter(*stripped)->getMissing(0, nullptr, nullptr), 5);
    const auto fixed = engine(before, {});
    EXPECT_EQ(fixed->serializeWithConfig(*config), nullptr);
    EXPECT_TRUE(logger.error("not refittable")) << logger.all();
}

}  // namespace
}  // namespace apitest
