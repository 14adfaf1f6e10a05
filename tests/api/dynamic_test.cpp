// SPDX-License-Identifier: Apache-2.0
// Dynamic shapes through the public API: profiles, shape tensors of all kinds, assertions, memory.
#include "opentrt/extension.h"
#include "support.h"

namespace apitest {
namespace {

//! One network under construction, and what comes of it.
struct Dynamic : testing::Test {
    Logger logger;
    std::unique_ptr<IBuilder> builder{createInferBuilder(logger)};
    std::unique_ptr<INetworkDefinition> network{builder->createNetworkV2(0)};
    std::unique_ptr<IBuilderConfig> config{builder->createBuilderConfig()};
    std::unique_ptr<ICudaEngine> engine;
    std::unique_ptr<IExecutionContext> context;

    void output(ITensor* tensor, const char* name, bool forShapes = false) {
        tensor->setName(name);
        forShapes ? static_cast<void>(network->markOutputForShapes(*tensor)) : network->markOutput(*tensor);
    }
    void ranges(IOptimizationProfile* profile, const char* input, const Dims& min, const Dims& opt, const Dims& max) {
        ASSERT_TRUE(profile->setDimensions(input, OptProfileSelector::kMIN, min));
        ASSERT_TRUE(profile->setDimensions(input, OptProfileSelector::kOPT, opt));
        ASSERT_TRUE(profile->setDimensions(input, OptProfileSelector::kMAX, max));
    }
    void values(IOptimizationProfile* profile, const char* input, std::vector<int64_t> min, std::vector<int64_t> opt,
                std::vector<int64_t> max) {
        const auto count = static_cast<int32_t>(min.size());
        ASSERT_TRUE(profile->setShapeValuesV2(input, OptProfileSelector::kMIN, min.data(), count));
        ASSERT_TRUE(profile->setShapeValuesV2(input, OptProfileSelector::kOPT, opt.data(), count));
        ASSERT_TRUE(profile->setShapeValuesV2(input, OptProfileSelector::kMAX, max.data(), count));
    }
    void build() {
        engine.reset(builder->buildEngineWithConfig(*network, *config));
        if (engine) context.reset(engine->createExecutionContext());
    }
    ITensor* relu(ITensor* x) { return network->addActivation(*x, ActivationType::kRELU)->getOutput(0); }
    ITensor* constant(std::vector<int64_t>& numbers, const Dims& dims) {
        return network->addConstant(dims, {DataType::kINT64, numbers.data(), static_cast<int64_t>(numbers.size())})
            ->getOutput(0);
    }
};

Dims dimsOf(std::initializer_list<int64_t> sizes) {
    Dims dims{static_cast<int32_t>(sizes.size()), {}};
    std::copy(sizes.begin(), sizes.end(), dims.d);
    return dims;
}

std::vector<int64_t> listOf(const Dims& dims) {
    return dims.nbDims < 0 ? std::vector<int64_t>{-1} : std::vector<int64_t>(dims.d, dims.d + dims.nbDims);
}

// -- shape tensors ---------------------------------------------------------------------------------------------------

//! x of shape [-1, 6] reshaped to the contents of s, which are given in one type and rank.
template <class T>
void reshapesBy(Dynamic& t, DataType type, const Dims& shape) {
    ITensor* x = t.network->addInput("x", DataType::kFLOAT, Dims2(-1, 6));
    ITensor* s = t.network->addInput("s", type, shape);
    if (shape.nbDims != 1) {
        IShuffleLayer* flat = t.network->addShuffle(*s);
        flat->setReshapeDimensions(Dims{1, {2}});
        s = flat->getOutput(0);
    }
    IShuffleLayer* shuffle = t.network->addShuffle(*x);
    shuffle->setInput(1, *s);
    t.output(shuffle->getOutput(0), "y");
    IOptimizationProfile* profile = t.builder->createOptimizationProfile();
    t.ranges(profile, "x", Dims2(1, 6), Dims2(2, 6), Dims2(4, 6));
    t.values(profile, "s", {1, 1}, {3, 4}, {24, 24});
    t.config->addOptimizationProfile(profile);
    t.build();
    ASSERT_NE(t.context, nullptr) << t.logger.all();
    EXPECT_TRUE(t.engine->isShapeInferenceIO("s"));
    T s1[] = {4, 3};
    std::vector<float> in = ramp(12), out(12);
    ASSERT_TRUE(t.context->setInputTensorAddress("s", s1));  // before or after shapes
    ASSERT_TRUE(t.context->setInputShape("x", Dims2(2, 6)));
    EXPECT_EQ(t.context->inferShapes(0, nullptr), 0) << t.logger.all();
    EXPECT_EQ(listOf(t.context->getTensorShape("y")), (std::vector<int64_t>{4, 3}));
    t.context->setInputTensorAddress("x", in.data());
    t.context->setOutputTensorAddress("y", out.data());
    ASSERT_TRUE(t.context->enqueueV3(nullptr)) << t.logger.all();
    EXPECT_EQ(in, out);
}

TEST_F(Dynamic, ShapeInputsMayBe32Bit) {
    reshapesBy<int32_t>(*this, DataType::kINT32, Dims{1, {2}});
}
TEST_F(Dynamic, ShapeInputsMayBe64Bit) {
    reshapesBy<int64_t>(*this, DataType::kINT64, Dims{1, {2}});
}
TEST_F(Dynamic, ShapeInputsMayBeMatrices) {
    reshapesBy<int32_t>(*this, DataType::kINT32, Dims2(1, 2));
}
TEST_F(Dynamic, ShapeInputsMayHaveEightDimensions) {
    reshapesBy<int64_t>(*this, DataType::kINT64, dimsOf({1, 1, 1, 2, 1, 1, 1, 1}));
}

//! The number of rows to keep is a scalar input.
TEST_F(Dynamic, ShapeInputsMayBeScalars) {
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims2(8, 2));
    ITensor* rows = network->addInput("rows", DataType::kINT32, Dims{0, {}});
    IShuffleLayer* row = network->addShuffle(*rows);
    row->setReshapeDimensions(Dims{1, {1}});
    std::vector<int32_t> two{2};
    ITensor* columns = network->addConstant(Dims{1, {1}}, {DataType::kINT32, two.data(), 1})->getOutput(0);
    ITensor* parts[] = {row->getOutput(0), columns};
    IConcatenationLayer* size = network->addConcatenation(parts, 2);
    size->setAxis(0);
    ISliceLayer* slice = network->addSlice(*x, Dims2(0, 0), Dims2(1, 2), Dims2(1, 1));
    slice->setInput(2, *size->getOutput(0));
    output(slice->getOutput(0), "y");
    IOptimizationProfile* profile = builder->createOptimizationProfile();
    values(profile, "rows", {0}, {4}, {8});
    config->addOptimizationProfile(profile);
    build();
    ASSERT_NE(context, nullptr) << logger.all();
    std::vector<float> in = ramp(16), out(16, -1);
    context->setTensorAddress("x", in.data());
    context->setTensorAddress("y", out.data());
    for (int32_t n : {3, 8, 0}) {
        ASSERT_TRUE(context->setInputTensorAddress("rows", &n));
        EXPECT_EQ(listOf(context->getTensorShape("y")), (std::vector<int64_t>{n, 2}));
        ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
        EXPECT_EQ(out[0], in[0]);
    }
    int32_t many = 9;
    context->setInputTensorAddress("rows", &many);
    EXPECT_FALSE(context->enqueueV3(nullptr));
    EXPECT_TRUE(logger.error("rows")) << logger.all();
    EXPECT_TRUE(logger.error("0 to 8")) << logger.all();
}

//! A condition on sizes chooses between two sizes: the booleans are part of the shape arithmetic.
TEST_F(Dynamic, ConditionsMaySizeTensors) {
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims2(-1, 4));
    ITensor* shape = network->addShape(*x)->getOutput(0);
    std::vector<int64_t> limit{3, 3}, small{1, 2}, large{2, 4};
    ITensor* more =
        network->addElementWise(*shape, *constant(limit, Dims{1, {2}}), ElementWiseOperation::kGREATER)->getOutput(0);
    ITensor* size =
        network->addSelect(*more, *constant(large, Dims{1, {2}}), *constant(small, Dims{1, {2}}))->getOutput(0);
    ISliceLayer* slice = network->addSlice(*x, Dims2(0, 0), Dims2(1, 1), Dims2(1, 1));
    slice->setInput(2, *size);
    output(slice->getOutput(0), "y");
    IOptimizationProfile* profile = builder->createOptimizationProfile();
    ranges(profile, "x", Dims2(2, 4), Dims2(4, 4), Dims2(8, 4));
    config->addOptimizationProfile(profile);
    build();
    ASSERT_NE(context, nullptr) << logger.all();
    ASSERT_TRUE(context->setInputShape("x", Dims2(3, 4)));
    EXPECT_EQ(listOf(context->getTensorShape("y")), (std::vector<int64_t>{1, 4}));
    ASSERT_TRUE(context->setInputShape("x", Dims2(4, 4)));
    EXPECT_EQ(listOf(context->getTensorShape("y")), (std::vector<int64_t>{2, 4}));
}

TEST_F(Dynamic, ShapeOutputsAreOnTheHost) {
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims3(-1, 2, -1));
    output(network->addShape(*x)->getOutput(0), "shape", true);
    output(relu(x), "y");
    IOptimizationProfile* profile = builder->createOptimizationProfile();
    ranges(profile, "x", Dims3(1, 2, 1), Dims3(2, 2, 2), Dims3(4, 2, 5));
    config->addOptimizationProfile(profile);
    build();
    ASSERT_NE(context, nullptr) << logger.all();
    EXPECT_TRUE(engine->isShapeInferenceIO("shape"));
    EXPECT_FALSE(engine->isShapeInferenceIO("y"));
    EXPECT_EQ(engine->getTensorLocation("shape"), TensorLocation::kHOST);
    EXPECT_EQ(engine->getTensorDataType("shape"), DataType::kINT64);
    std::vector<float> in(30), out(30);
    int64_t shape[3] = {};
    ASSERT_TRUE(context->setInputShape("x", Dims3(3, 2, 5)));
    context->setTensorAddress("x", in.data());
    context->setTensorAddress("y", out.data());
    context->setTensorAddress("shape", shape);
    ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
    EXPECT_EQ((std::vector<int64_t>(shape, shape + 3)), (std::vector<int64_t>{3, 2, 5}));
}

// -- profiles --------------------------------------------------------------------------------------------------------

TEST_F(Dynamic, ProfilesHaveRangesOfTheirOwn) {
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims2(-1, 4));
    output(relu(x), "y");
    for (const int64_t n : {2, 8}) {
        IOptimizationProfile* profile = builder->createOptimizationProfile();
        ranges(profile, "x", Dims2(n, 4), Dims2(n, 4), Dims2(2 * n, 4));
        ASSERT_GE(config->addOptimizationProfile(profile), 0);
    }
    IOptimizationProfile* fixed = builder->createOptimizationProfile();
    ranges(fixed, "x", Dims2(5, 4), Dims2(5, 4), Dims2(5, 4));
    ASSERT_EQ(config->addOptimizationProfile(fixed), 2);
    build();
    ASSERT_NE(context, nullptr) << logger.all();
    EXPECT_EQ(engine->getNbOptimizationProfiles(), 3);
    EXPECT_EQ(engine->getProfileShape("x", 1, OptProfileSelector::kMAX).d[0], 16);
    const std::pair<int32_t, int64_t> good[] = {{0, 3}, {1, 9}, {2, 5}, {0, 4}};
    for (const auto& [profile, n] : good) {
        ASSERT_TRUE(context->setOptimizationProfileAsync(profile, nullptr));
        EXPECT_EQ(context->getOptimizationProfile(), profile);
        EXPECT_EQ(context->getTensorShape("x").d[0], profile == 2 ? 5 : -1) << "shapes are forgotten";
        ASSERT_TRUE(context->setInputShape("x", Dims2(n, 4)));
        std::vector<float> in = ramp(static_cast<size_t>(n) * 4, 1), out(in.size());
        context->setTensorAddress("x", in.data());
        context->setTensorAddress("y", out.data());
        ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
        EXPECT_EQ(in, out);
    }
    context->setOptimizationProfileAsync(1, nullptr);
    EXPECT_FALSE(context->setInputShape("x", Dims2(4, 4)));
    EXPECT_TRUE(logger.error("x: dimension 0 of the shape [4,4] is 4 when profile 1 allows 8 to 16")) << logger.all();
    EXPECT_FALSE(context->setOptimizationProfileAsync(3, nullptr));
}

TEST_F(Dynamic, ProfilesMayBeginAtNothing) {
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims2(-1, 4));
    output(network->addReduce(*relu(x), ReduceOperation::kSUM, 1, false)->getOutput(0), "sum");
    IOptimizationProfile* profile = builder->createOptimizationProfile();
    ranges(profile, "x", Dims2(0, 4), Dims2(2, 4), Dims2(4, 4));
    config->addOptimizationProfile(profile);
    build();
    ASSERT_NE(context, nullptr) << logger.all();
    ASSERT_TRUE(context->setInputShape("x", Dims2(0, 4)));
    std::vector<float> sum(4, -1);
    context->setTensorAddress("sum", sum.data());
    ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
    EXPECT_EQ(sum, std::vector<float>(4, 0));
}

TEST_F(Dynamic, ValuesOfProfilesAreKept) {
    IOptimizationProfile* profile = builder->createOptimizationProfile();
    const int32_t narrow[] = {1, 2};
    const int64_t wide[] = {1, int64_t{1} << 40};
    EXPECT_EQ(profile->getNbShapeValues("s"), -1);
    ASSERT_TRUE(profile->setShapeValues("s", OptProfileSelector::kMIN, narrow, 2));
    ASSERT_TRUE(profile->setShapeValuesV2("s", OptProfileSelector::kMAX, wide, 2));
    EXPECT_EQ(profile->getNbShapeValues("s"), 2);
    EXPECT_EQ(profile->getShapeValuesV2("s", OptProfileSelector::kMIN)[1], 2);
    EXPECT_EQ(profile->getShapeValuesV2("s", OptProfileSelector::kMAX)[1], int64_t{1} << 40);
    EXPECT_EQ(profile->getShapeValues("s", OptProfileSelector::kMIN)[0], 1);
    EXPECT_EQ(profile->getShapeValues("s", OptProfileSelector::kOPT), nullptr);
    EXPECT_FALSE(profile->setShapeValues("s", OptProfileSelector::kOPT, narrow, 1));
    EXPECT_FALSE(profile->isValid());
}

// -- assertions ------------------------------------------------------------------------------------------------------

//! x of [-1, 2]; asserts something of its number of rows.
void assertRows(Dynamic& t, ElementWiseOperation relation, std::vector<int64_t>& number) {
    ITensor* x = t.network->addInput("x", DataType::kFLOAT, Dims2(-1, 2));
    ITensor* shape = t.network->addShape(*x)->getOutput(0);
    ITensor* rows = t.network->addSlice(*shape, Dims{1, {0}}, Dims{1, {1}}, Dims{1, {1}})->getOutput(0);
    ITensor* holds = t.network->addElementWise(*rows, *t.constant(number, Dims{1, {1}}), relation)->getOutput(0);
    ASSERT_NE(t.network->addAssertion(*holds, "the rows are wrong"), nullptr);
    t.output(t.relu(x), "y");
    IOptimizationProfile* profile = t.builder->createOptimizationProfile();
    t.ranges(profile, "x", Dims2(2, 2), Dims2(4, 2), Dims2(8, 2));
    t.config->addOptimizationProfile(profile);
    t.build();
}

TEST_F(Dynamic, AssertionsThatCannotHoldRefuseTheBuild) {
    std::vector<int64_t> number{8};
    assertRows(*this, ElementWiseOperation::kGREATER, number);
    EXPECT_EQ(engine, nullptr);
    EXPECT_TRUE(logger.error("the rows are wrong")) << logger.all();
}

TEST_F(Dynamic, AssertionsThatDoNotHoldRefuseTheRun) {
    std::vector<int64_t> number{4};
    assertRows(*this, ElementWiseOperation::kGREATER, number);
    ASSERT_NE(context, nullptr) << logger.all();
    std::vector<float> in(16), out(16);
    context->setTensorAddress("x", in.data());
    context->setTensorAddress("y", out.data());
    ASSERT_TRUE(context->setInputShape("x", Dims2(5, 2)));
    EXPECT_TRUE(context->enqueueV3(nullptr)) << logger.all();
    ASSERT_TRUE(context->setInputShape("x", Dims2(4, 2)));
    EXPECT_FALSE(context->enqueueV3(nullptr));
    EXPECT_TRUE(logger.error("the rows are wrong")) << logger.all();
}

TEST_F(Dynamic, AssertionsThatAlwaysHoldCostNothing) {
    std::vector<int64_t> number{9};
    assertRows(*this, ElementWiseOperation::kLESS, number);
    ASSERT_NE(engine, nullptr) << logger.all();
    EXPECT_EQ(engine->getNbLayers(), 1);
}

// -- memory ----------------------------------------------------------------------------------------------------------

//! Two convolutions, so that a tensor of the size of the image lives between them.
struct DynamicMemory : Dynamic {
    std::vector<float> weights = ramp(4 * 4 * 3 * 3);
    void SetUp() override {
        ITensor* x = network->addInput("x", DataType::kFLOAT, Dims4(-1, 4, 16, 16));
        const Weights kernel{DataType::kFLOAT, weights.data(), static_cast<int64_t>(weights.size())}, none{};
        ITensor* t = network->addConvolutionNd(*x, 4, Dims2(3, 3), kernel, none)->getOutput(0);
        output(network->addConvolutionNd(*t, 4, Dims2(3, 3), kernel, none)->getOutput(0), "y");
        for (const int64_t most : {2, 16}) {
            IOptimizationProfile* profile = builder->createOptimizationProfile();
            ranges(profile, "x", Dims4(1, 4, 16, 16), Dims4(1, 4, 16, 16), Dims4(most, 4, 16, 16));
            config->addOptimizationProfile(profile);
        }
        build();
        ASSERT_NE(context, nullptr) << logger.all();
    }
};

TEST_F(DynamicMemory, DependsOnTheProfile) {
    EXPECT_LT(engine->getDeviceMemorySizeForProfileV2(0), engine->getDeviceMemorySizeForProfileV2(1));
    EXPECT_EQ(engine->getDeviceMemorySizeV2(), engine->getDeviceMemorySizeForProfileV2(1));
    EXPECT_EQ(engine->getDeviceMemorySizeForProfileV2(2), -1);
}

TEST_F(DynamicMemory, OfTheUserMayBeWhatTheShapesNeed) {
    const std::unique_ptr<IExecutionContext> own(
        engine->createExecutionContext(ExecutionContextAllocationStrategy::kUSER_MANAGED));
    EXPECT_EQ(own->updateDeviceMemorySizeForShapes(), 0U);
    ASSERT_TRUE(own->setOptimizationProfileAsync(1, nullptr));
    std::vector<float> in(static_cast<size_t>(4 * 4 * 256), 1), out(static_cast<size_t>(4 * 4 * 144));
    own->setTensorAddress("x", in.data());
    own->setTensorAddress("y", out.data());
    int64_t before = 0;
    for (const int64_t batch : {1, 4}) {
        ASSERT_TRUE(own->setInputShape("x", Dims4(batch, 4, 16, 16)));
        const auto needed = static_cast<int64_t>(own->updateDeviceMemorySizeForShapes());
        EXPECT_GT(needed, before);
        EXPECT_LT(needed, engine->getDeviceMemorySizeForProfileV2(1));
        before = needed;
        void* memory = std::aligned_alloc(256, static_cast<size_t>((needed + 255) / 256 * 256));
        own->setDeviceMemoryV2(memory, needed - 1);
        EXPECT_FALSE(own->enqueueV3(nullptr));
        own->setDeviceMemoryV2(memory, needed);
        EXPECT_TRUE(own->enqueueV3(nullptr)) << logger.all();
        std::free(memory);
    }
}

// -- output allocators -----------------------------------------------------------------------------------------------

//! Gives buffers larger than asked for, or none; remembers the calls.
struct Reallocator final : IOutputAllocator {
    void* reallocateOutputAsync(char const*, void* current, uint64_t size, uint64_t alignment, cudaStream_t) override {
        EXPECT_EQ(alignment & (alignment - 1), 0U);
        EXPECT_EQ(current, last);
        ++asked;
        return give(size);
    }
    void* give(uint64_t size) {
        if (refuse) return nullptr;
        if (memory.size() * sizeof(float) < size + extra) memory.resize((size + extra) / sizeof(float) + 1, -1);
        return last = memory.data();
    }
    void notifyShape(char const*, Dims const& d) override { shapes.push_back(listOf(d)); }
    std::vector<float> memory;
    std::vector<std::vector<int64_t>> shapes;
    void* last = nullptr;
    uint64_t extra = 0;
    int asked = 0;
    bool refuse = false;
};

TEST_F(Dynamic, OutputAllocatorsMayGiveMoreOrNothing) {
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims2(-1, 4));
    output(relu(x), "y");
    IOptimizationProfile* profile = builder->createOptimizationProfile();
    ranges(profile, "x", Dims2(0, 4), Dims2(2, 4), Dims2(8, 4));
    config->addOptimizationProfile(profile);
    build();
    ASSERT_NE(context, nullptr) << logger.all();
    Reallocator allocator;
    allocator.extra = 4096;
    ASSERT_TRUE(context->setOutputAllocator("y", &allocator));
    std::vector<float> in = ramp(32, 1);
    context->setTensorAddress("x", in.data());
    for (const int64_t n : {8, 2, 0}) {
        ASSERT_TRUE(context->setInputShape("x", Dims2(n, 4)));
        EXPECT_EQ(context->getMaxOutputSize("y"), n * 16);
        ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
        EXPECT_EQ(allocator.shapes.back(), (std::vector<int64_t>{n, 4}));
        EXPECT_TRUE(std::equal(in.begin(), in.begin() + n * 4, allocator.memory.begin()));
    }
    const size_t before = allocator.shapes.size();
    allocator.refuse = true;
    ASSERT_TRUE(context->setInputShape("x", Dims2(8, 4)));
    EXPECT_FALSE(context->enqueueV3(nullptr));
    EXPECT_EQ(allocator.shapes.size(), before) << "no shape is told when there is no memory";
    EXPECT_TRUE(logger.error("y: the output allocator gave no memory")) << logger.all();
    allocator.refuse = false;
    EXPECT_TRUE(context->enqueueV3(nullptr)) << logger.all();
}

TEST_F(Dynamic, OutputAllocatorsMayKnowNoStreams) {
    struct Old final : IOutputAllocator {
        void* reallocateOutput(char const*, void*, uint64_t size, uint64_t) override {
            memory.resize(size / sizeof(float));
            return memory.data();
        }
        void notifyShape(char const*, Dims const&) override {}
        std::vector<float> memory;
    } allocator;
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims2(2, 2));
    output(relu(x), "y");
    build();
    ASSERT_NE(context, nullptr) << logger.all();
    std::vector<float> in = ramp(4, 1);
    context->setTensorAddress("x", in.data());
    context->setOutputAllocator("y", &allocator);
    ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
    EXPECT_EQ(allocator.memory, in);
}

TEST_F(Dynamic, SizesThatTheDataTellHaveBounds) {
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims2(-1, 4));
    output(network->addNonZero(*x)->getOutput(0), "y");
    IOptimizationProfile* profile = builder->createOptimizationProfile();
    ranges(profile, "x", Dims2(1, 4), Dims2(2, 4), Dims2(8, 4));
    config->addOptimizationProfile(profile);
    build();
    ASSERT_NE(context, nullptr) << logger.all();
    ASSERT_TRUE(context->setInputShape("x", Dims2(3, 4)));
    EXPECT_EQ(context->inferShapes(0, nullptr), 0);
    EXPECT_EQ(listOf(context->getTensorShape("y")), (std::vector<int64_t>{2, -1}));
    EXPECT_EQ(context->getMaxOutputSize("y"), 3 * 4 * 2 * 4) << "all elements, two coordinates, four bytes";
}

}  // namespace
}  // namespace apitest
