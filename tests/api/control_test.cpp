// SPDX-License-Identifier: Apache-2.0
// Loops and conditionals through the whole build: what runs, how often, and what comes out.
#include <functional>

#include "plugin_support.h"

namespace apitest {
namespace {

using Numbers = std::vector<float>;

//! Hands its input on and counts how often it ran.
class CountingPlugin final : public IPluginV2DynamicExt {
public:
    static int runs;

    CountingPlugin* clone() const override { return new CountingPlugin; }
    AsciiChar const* getPluginType() const override { return "Counting"; }
    AsciiChar const* getPluginVersion() const override { return "1"; }
    int32_t getNbOutputs() const override { return 1; }
    int32_t initialize() override { return 0; }
    void terminate() override {}
    size_t getSerializationSize() const override { return 0; }
    void serialize(void*) const override {}
    void destroy() override { delete this; }
    void setPluginNamespace(AsciiChar const*) override {}
    AsciiChar const* getPluginNamespace() const override { return ""; }
    DataType getOutputDataType(int32_t, DataType const* types, int32_t) const override { return types[0]; }
    DimsExprs getOutputDimensions(int32_t, DimsExprs const* inputs, int32_t, IExprBuilder&) override {
        return inputs[0];
    }
    bool supportsFormatCombination(int32_t at, PluginTensorDesc const* t, int32_t, int32_t) override {
        return t[at].type == DataType::kFLOAT && t[at].format == TensorFormat::kLINEAR;
    }
    void configurePlugin(DynamicPluginTensorDesc const*, int32_t, DynamicPluginTensorDesc const*, int32_t) override {}
    size_t getWorkspaceSize(PluginTensorDesc const*, int32_t, PluginTensorDesc const*, int32_t) const override {
        return 0;
    }
    int32_t enqueue(PluginTensorDesc const* in, PluginTensorDesc const*, void const* const* inputs,
                    void* const* outputs, void*, cudaStream_t) override {
        ++runs;
        std::memcpy(outputs[0], inputs[0], static_cast<size_t>(ScaleV2::volume(in[0].dims)) * sizeof(float));
        return 0;
    }
};
int CountingPlugin::runs = 0;

class CountingCreator final : public IPluginCreator {
public:
    AsciiChar const* getPluginName() const override { return "Counting"; }
    AsciiChar const* getPluginVersion() const override { return "1"; }
    PluginFieldCollection const* getFieldNames() override { return &fields_; }
    IPluginV2* createPlugin(AsciiChar const*, PluginFieldCollection const*) override { return new CountingPlugin; }
    IPluginV2* deserializePlugin(AsciiChar const*, void const*, size_t) override { return new CountingPlugin; }
    void setPluginNamespace(AsciiChar const*) override {}
    AsciiChar const* getPluginNamespace() const override { return ""; }

private:
    PluginFieldCollection fields_{};
};
REGISTER_TENSORRT_PLUGIN(CountingCreator);

Dims dimsOf(std::initializer_list<int64_t> sizes) {
    Dims dims{static_cast<int32_t>(sizes.size()), {}};
    std::copy(sizes.begin(), sizes.end(), dims.d);
    return dims;
}

struct Control : testing::Test {
    ITensor& input(const char* name, std::initializer_list<int64_t> sizes, DataType type = DataType::kFLOAT) {
        return *network->addInput(name, type, dimsOf(sizes));
    }
    ITensor& number(float value) {
        floats.push_back(std::make_unique<float>(value));
        return *network->addConstant(dimsOf({}), {DataType::kFLOAT, floats.back().get(), 1})->getOutput(0);
    }
    ITensor& integer(int32_t value) {
        integers.push_back(std::make_unique<int32_t>(value));
        return *network->addConstant(dimsOf({}), {DataType::kINT32, integers.back().get(), 1})->getOutput(0);
    }
    ITensor& binary(ElementWiseOperation operation, ITensor& a, ITensor& b) {
        return *network->addElementWise(a, b, operation)->getOutput(0);
    }
    ITensor& counted(ITensor& x) {
        CountingPlugin plugin;
        ITensor* inputs[] = {&x};
        return *network->addPluginV2(inputs, 1, plugin)->getOutput(0);
    }
    void output(ITensor& tensor, const char* name) {
        tensor.setName(name);
        network->markOutput(tensor);
    }
    void build() {
        engine.reset(builder->buildEngineWithConfig(*network, *config));
        ASSERT_NE(engine, nullptr) << logger.all();
        context.reset(engine->createExecutionContext());
        CountingPlugin::runs = 0;
    }
    //! Sets the address of an input; its shape, too, when the network leaves it open.
    template <class T>
    void give(const char* name, std::vector<T>& values, std::initializer_list<int64_t> sizes) {
        ASSERT_TRUE(context->setInputShape(name, dimsOf(sizes))) << logger.all();
        ASSERT_TRUE(context->setTensorAddress(name, values.data()));
    }
    Numbers run(const char* name, size_t room) {
        Numbers values(room, -99);
        context->setTensorAddress(name, values.data());
        EXPECT_TRUE(context->enqueueV3(nullptr)) << logger.all();
        const Dims dims = context->getTensorShape(name);
        values.resize(static_cast<size_t>(ScaleV2::volume(dims)));
        return values;
    }

    Logger logger;
    std::unique_ptr<IBuilder> builder{createInferBuilder(logger)};
    std::unique_ptr<INetworkDefinition> network{builder->createNetworkV2(0)};
    std::unique_ptr<IBuilderConfig> config{builder->createBuilderConfig()};
    float zeros[2] = {};
    std::vector<std::unique_ptr<float>> floats;
    std::vector<std::unique_ptr<int32_t>> integers;
    std::unique_ptr<ICudaEngine> engine;
    std::unique_ptr<IExecutionContext> context;
};

TEST_F(Control, RunsTheChosenBranchOnly) {
    ITensor& x = input("x", {2});
    IIfConditional* conditional = network->addIfConditional();
    conditional->setCondition(input("yes", {}, DataType::kBOOL));
    ITensor& inside = *conditional->addInput(x)->getOutput(0);
    ITensor& then = counted(inside);
    ITensor& otherwise = *network->addUnary(inside, UnaryOperation::kNEG)->getOutput(0);
    output(*conditional->addOutput(then, otherwise)->getOutput(0), "y");
    build();
    Numbers xs{1, -2};
    std::vector<char> yes{0};
    give("x", xs, {2});
    give("yes", yes, {});
    EXPECT_EQ(run("y", 2), (Numbers{-1, 2}));
    EXPECT_EQ(CountingPlugin::runs, 0);
    yes[0] = 1;
    EXPECT_EQ(run("y", 2), xs);
    EXPECT_EQ(CountingPlugin::runs, 1);
}

//! Without an input layer before it, too; TensorRT would run it always.
TEST_F(Control, RunsWhatOneBranchAloneNeedsWithIt) {
    ITensor& x = input("x", {2});
    IIfConditional* conditional = network->addIfConditional();
    conditional->setCondition(input("yes", {}, DataType::kBOOL));
    ITensor& before = counted(x);
    ITensor& lazy = counted(*conditional->addInput(before)->getOutput(0));
    output(*conditional->addOutput(lazy, *conditional->addInput(x)->getOutput(0))->getOutput(0), "y");
    build();
    Numbers xs{1, -2};
    std::vector<char> yes{0};
    give("x", xs, {2});
    give("yes", yes, {});
    EXPECT_EQ(run("y", 2), xs);
    EXPECT_EQ(CountingPlugin::runs, 0);
    yes[0] = 1;
    EXPECT_EQ(run("y", 2), xs);
    EXPECT_EQ(CountingPlugin::runs, 2);
}

//! While `sum` is below a limit, adds an element of x, but only those above zero; all of it if `on`.
TEST_F(Control, NestsAConditionalInALoopInAConditional) {
    ITensor& x = input("x", {5});
    ITensor& limit = input("limit", {});
    IIfConditional* outer = network->addIfConditional();
    outer->setCondition(input("on", {}, DataType::kBOOL));
    ITensor& xs = *outer->addInput(x)->getOutput(0);
    ITensor& most = *outer->addInput(limit)->getOutput(0);
    ILoop* loop = network->addLoop();
    IRecurrenceLayer* sum = loop->addRecurrence(number(0));
    ITensor& element = *loop->addIterator(xs)->getOutput(0);
    loop->addTripLimit(integer(5), TripLimit::kCOUNT);
    loop->addTripLimit(binary(ElementWiseOperation::kLESS, *sum->getOutput(0), most), TripLimit::kWHILE);
    IIfConditional* inner = network->addIfConditional();
    inner->setCondition(binary(ElementWiseOperation::kGREATER, element, number(0)));
    ITensor& before = *inner->addInput(*sum->getOutput(0))->getOutput(0);
    ITensor& added = counted(binary(ElementWiseOperation::kSUM, before, *inner->addInput(element)->getOutput(0)));
    sum->setInput(1, *inner->addOutput(added, before)->getOutput(0));
    ITensor& total = *loop->addLoopOutput(*sum->getOutput(0), LoopOutput::kLAST_VALUE)->getOutput(0);
    output(*outer->addOutput(total, *outer->addInput(number(-7))->getOutput(0))->getOutput(0), "y");
    build();
    Numbers values{1, -2, 4, -8, 16}, below{100};
    std::vector<char> on{1};
    give("x", values, {5});
    give("limit", below, {});
    give("on", on, {});
    EXPECT_EQ(run("y", 1), (Numbers{21}));
    EXPECT_EQ(CountingPlugin::runs, 3);
    below[0] = 5;
    EXPECT_EQ(run("y", 1), (Numbers{5}));
    EXPECT_EQ(CountingPlugin::runs, 5);
    on[0] = 0;
    EXPECT_EQ(run("y", 1), (Numbers{-7}));
    EXPECT_EQ(CountingPlugin::runs, 5);
}

//! Sums of the columns or rows of x, as many as `trips` says, stacked.
TEST_F(Control, MakesAsManyTripsAsTheDataSay) {
    ITensor& x = input("x", {2, 3});
    ITensor& trips = input("trips", {}, DataType::kINT32);
    ILoop* loop = network->addLoop();
    IRecurrenceLayer* sum = loop->addRecurrence(*network->addReduce(x, ReduceOperation::kMIN, 3, false)->getOutput(0));
    ITensor& column = *loop->addIterator(x, 1, true)->getOutput(0);
    ITensor& part = *network->addReduce(column, ReduceOperation::kSUM, 1, false)->getOutput(0);
    ITensor& next = binary(ElementWiseOperation::kSUM, *sum->getOutput(0), part);
    sum->setInput(1, next);
    loop->addTripLimit(trips, TripLimit::kCOUNT);
    for (const bool reverse : {false, true}) {
        ILoopOutputLayer* stack =
            loop->addLoopOutput(next, reverse ? LoopOutput::kREVERSE : LoopOutput::kCONCATENATE, 0);
        stack->setInput(1, integer(3));
        output(*stack->getOutput(0), reverse ? "reversed" : "sums");
    }
    ILoopOutputLayer* columns = loop->addLoopOutput(column, LoopOutput::kCONCATENATE, 1);
    columns->setInput(1, integer(3));
    output(*columns->getOutput(0), "columns");
    output(*loop->addLoopOutput(*sum->getOutput(0), LoopOutput::kLAST_VALUE)->getOutput(0), "total");
    build();
    Numbers values{0, 1, 2, 10, 20, 40}, reversed(3), columnValues(6), total(1);
    std::vector<int32_t> count{3};
    give("x", values, {2, 3});
    give("trips", count, {});
    context->setTensorAddress("reversed", reversed.data());
    context->setTensorAddress("columns", columnValues.data());
    context->setTensorAddress("total", total.data());
    EXPECT_EQ(run("sums", 3), (Numbers{42, 63, 73}));
    EXPECT_EQ(reversed, (Numbers{73, 63, 42}));
    EXPECT_EQ(columnValues, (Numbers{2, 1, 0, 40, 20, 10}));
    EXPECT_EQ(total, (Numbers{73}));
    count[0] = 1;
    EXPECT_EQ(run("sums", 3), (Numbers{10, 0, 0}));
    EXPECT_EQ(reversed, (Numbers{0, 0, 10}));
    EXPECT_EQ(total, (Numbers{10}));
    count[0] = 0;
    EXPECT_EQ(run("sums", 3), (Numbers{0, 0, 0}));
    EXPECT_EQ(total, (Numbers{0}));
    count[0] = 4;
    Numbers sums(3);
    context->setTensorAddress("sums", sums.data());
    EXPECT_FALSE(context->enqueueV3(nullptr));
    EXPECT_TRUE(logger.error("behind the end of an iterated tensor of 3 slices")) << logger.all();
}

//! A loop of no trips stacks nothing; its length comes from a shape.
TEST_F(Control, StacksNothingWithoutATrip) {
    ITensor& x = input("x", {-1, 2});
    IOptimizationProfile* profile = builder->createOptimizationProfile();
    profile->setDimensions("x", OptProfileSelector::kMIN, dimsOf({0, 2}));
    profile->setDimensions("x", OptProfileSelector::kOPT, dimsOf({3, 2}));
    profile->setDimensions("x", OptProfileSelector::kMAX, dimsOf({9, 2}));
    config->addOptimizationProfile(profile);
    ITensor& shape = *network->addShape(x)->getOutput(0);
    ITensor& rows = *network->addGather(shape, integer(0), 0)->getOutput(0);
    ILoop* loop = network->addLoop();
    loop->addTripLimit(*network->addCast(rows, DataType::kINT32)->getOutput(0), TripLimit::kCOUNT);
    ITensor& row = *loop->addIterator(x)->getOutput(0);
    IRecurrenceLayer* before =
        loop->addRecurrence(*network->addConstant(dimsOf({2}), {DataType::kFLOAT, zeros, 2})->getOutput(0));
    before->setInput(1, row);
    ITensor& change = binary(ElementWiseOperation::kSUB, row, *before->getOutput(0));
    ILoopOutputLayer* changes = loop->addLoopOutput(change, LoopOutput::kCONCATENATE);
    changes->setInput(1, *network->addCast(rows, DataType::kINT32)->getOutput(0));
    output(*changes->getOutput(0), "y");
    build();
    Numbers values{1, 2, 4, 7, 11, 11};
    give("x", values, {3, 2});
    EXPECT_EQ(run("y", 6), (Numbers{1, 2, 3, 5, 7, 4}));
    give("x", values, {0, 2});
    EXPECT_EQ(run("y", 1), Numbers());
    give("x", values, {2, 2});
    EXPECT_EQ(run("y", 4), (Numbers{1, 2, 3, 5}));
}

//! What a loop hands on may grow in each iteration.
TEST_F(Control, CarriesTensorsThatGrow) {
    ITensor& x = input("x", {2});
    ILoop* loop = network->addLoop();
    IRecurrenceLayer* list = loop->addRecurrence(x);
    ITensor* parts[] = {list->getOutput(0), &x};
    list->setInput(1, *network->addConcatenation(parts, 2)->getOutput(0));
    loop->addTripLimit(input("trips", {}, DataType::kINT32), TripLimit::kCOUNT);
    output(*loop->addLoopOutput(*list->getOutput(0), LoopOutput::kLAST_VALUE)->getOutput(0), "y");
    build();
    Numbers values{1, 2};
    std::vector<int32_t> trips{3};
    give("x", values, {2});
    give("trips", trips, {});
    struct Output final : IOutputAllocator {
        void* reallocateOutputAsync(char const*, void*, uint64_t size, uint64_t, cudaStream_t) override {
            memory.resize(size / sizeof(float));
            return memory.data();
        }
        void notifyShape(char const*, Dims const&) override {}
        Numbers memory;
    } result;
    context->setOutputAllocator("y", &result);
    ASSERT_TRUE(context->enqueueV3(nullptr)) << logger.all();
    EXPECT_EQ(result.memory, (Numbers{1, 2, 1, 2, 1, 2, 1, 2}));
}

}  // namespace
}  // namespace apitest
