// SPDX-License-Identifier: Apache-2.0
// Wrong calls, as a table: each must fail, and the message must name the tensor or layer and what is wrong with it.
#include <functional>

#include "support.h"

namespace apitest {
namespace {

struct Subject {
    Logger& logger;
    Loaded& loaded;
    IExecutionContext& context;
    //! x and y of four elements, with room behind.
    float memory[64] = {};
    float* x() { return memory; }
    float* y() { return memory + 32; }
    void shape() { EXPECT_TRUE(context.setInputShape("x", Dims2(1, 4))); }
};

struct WrongCall {
    const char* name;
    std::function<bool(Subject&)> call;
    std::vector<const char*> says;
};

std::ostream& operator<<(std::ostream& out, const WrongCall& call) {
    return out << call.name;
}

bool isSet(const Dims& dims) {
    return dims.nbDims >= 0;
}

void* odd(float* address) {
    return reinterpret_cast<char*>(address) + 1;
}

bool enqueue(Subject& s, void* x, void* y) {
    return s.context.setTensorAddress("x", x) && s.context.setTensorAddress("y", y) && s.context.enqueueV3(nullptr);
}

bool execute(Subject& s, void* x, void* y) {
    void* bindings[] = {x, y};
    return s.context.executeV2(bindings);
}

//! Gives whatever it was told to give.
struct Giver final : IOutputAllocator {
    explicit Giver(void* what) : given(what) {}
    void* reallocateOutputAsync(char const*, void*, uint64_t, uint64_t, cudaStream_t) override { return given; }
    void notifyShape(char const*, Dims const&) override {}
    void* given;
};

bool runWithAllocator(Subject& s, void* given) {
    Giver giver(given);
    s.shape();
    s.context.setTensorAddress("x", s.x());
    s.context.setOutputAllocator("y", &giver);
    const bool ok = s.context.enqueueV3(nullptr);
    s.context.setOutputAllocator("y", nullptr);
    return ok;
}

using S = Subject;
const WrongCall kCalls[] = {
    {"ShapeOfUnknown", [](S& s) { return s.context.setInputShape("nope", Dims2(1, 4)); }, {"nope"}},
    {"ShapeOfNull", [](S& s) { return s.context.setInputShape(nullptr, Dims2(1, 4)); }, {"name"}},
    {"ShapeOfAnOutput", [](S& s) { return s.context.setInputShape("y", Dims2(1, 4)); }, {"y", "no input"}},
    {"ShapeOfWrongRank", [](S& s) { return s.context.setInputShape("x", Dims3(1, 4, 1)); }, {"x", "3", "2"}},
    {"ShapeWithoutRank",
     [](S& s) {
         return s.context.setInputShape("x", Dims{-1, {}});
     },
     {"x"}},
    {"ShapeOfTooManyDimensions",
     [](S& s) {
         return s.context.setInputShape("x", Dims{100, {}});
     },
     {"x"}},
    {"ShapeTooLarge", [](S& s) { return s.context.setInputShape("x", Dims2(9, 4)); }, {"x", "9", "1 to 8"}},
    {"ShapeTooSmall", [](S& s) { return s.context.setInputShape("x", Dims2(0, 4)); }, {"x", "0", "1 to 8"}},
    {"ShapeNegative", [](S& s) { return s.context.setInputShape("x", Dims2(-1, 4)); }, {"x", "-1"}},
    {"ShapeOfAFixedDimension", [](S& s) { return s.context.setInputShape("x", Dims2(1, 5)); }, {"x", "5", "4"}},
    {"ShapeHuge", [](S& s) { return s.context.setInputShape("x", Dims2(INT64_MAX, 4)); }, {"x"}},
    {"AddressOfUnknown", [](S& s) { return s.context.setTensorAddress("nope", s.x()); }, {"nope"}},
    {"AddressOfNull", [](S& s) { return s.context.setTensorAddress(nullptr, s.x()); }, {"name"}},
    {"InputAddressOfAnOutput", [](S& s) { return s.context.setInputTensorAddress("y", s.x()); }, {"y", "no input"}},
    {"OutputAddressOfAnInput", [](S& s) { return s.context.setOutputTensorAddress("x", s.x()); }, {"x", "no output"}},
    {"AllocatorOfAnInput", [](S& s) { return s.context.setOutputAllocator("x", nullptr); }, {"x", "no output"}},
    {"ProfileTooLarge", [](S& s) { return s.context.setOptimizationProfileAsync(7, nullptr); }, {"7", "1"}},
    {"ProfileNegative", [](S& s) { return s.context.setOptimizationProfileAsync(-1, nullptr); }, {"-1"}},
    {"RunWithoutShape", [](S& s) { return enqueue(s, s.x(), s.y()); }, {"x", "setInputShape"}},
    {"RunWithoutInput", [](S& s) { return s.shape(), enqueue(s, nullptr, s.y()); }, {"x", "address"}},
    {"RunWithoutOutput", [](S& s) { return s.shape(), enqueue(s, s.x(), nullptr); }, {"y", "address"}},
    {"RunWithAnOddInput", [](S& s) { return s.shape(), enqueue(s, odd(s.x()), s.y()); }, {"x", "aligned to 4"}},
    {"RunWithAnOddOutput", [](S& s) { return s.shape(), execute(s, s.x(), odd(s.y())); }, {"y", "aligned to 4"}},
    {"RunWithoutBindings", [](S& s) { return s.shape(), s.context.executeV2(nullptr); }, {"bindings"}},
    {"AllocatorGivesNothing", [](S& s) { return runWithAllocator(s, nullptr); }, {"y", "output allocator"}},
    {"AllocatorGivesAnOddAddress", [](S& s) { return runWithAllocator(s, odd(s.y())); }, {"y", "aligned to 4"}},
    {"AskShapeOfUnknown", [](S& s) { return isSet(s.context.getTensorShape("nope")); }, {"nope"}},
    {"AskProfileOfUnknown",
     [](S& s) { return isSet(s.loaded.engine->getProfileShape("nope", 0, OptProfileSelector::kMIN)); },
     {"nope"}},
    {"AskProfileOfAnOutput",
     [](S& s) { return isSet(s.loaded.engine->getProfileShape("y", 0, OptProfileSelector::kMIN)); },
     {"y"}},
    {"AskWrongProfile",
     [](S& s) { return isSet(s.loaded.engine->getProfileShape("x", 3, OptProfileSelector::kMIN)); },
     {"3"}},
    {"AskWrongIndex", [](S& s) { return s.loaded.engine->getIOTensorName(2) != nullptr; }, {"2"}},
    {"LoadNull",
     [](S& s) { return s.loaded.runtime->deserializeCudaEngine(nullptr, 10) != nullptr; },
     {"the plan is empty"}},
    {"LoadNothing",
     [](S& s) { return s.loaded.runtime->deserializeCudaEngine(s.x(), 0) != nullptr; },
     {"the plan is empty"}},
    {"LoadNoise",
     [](S& s) { return s.loaded.runtime->deserializeCudaEngine(s.memory, sizeof s.memory) != nullptr; },
     {"plan"}},
};

struct WrongCalls : testing::TestWithParam<WrongCall> {
    Logger logger;
    Recorder recorder;
    Loaded loaded{logger};
    std::unique_ptr<IExecutionContext> context{loaded.engine->createExecutionContext()};
};

TEST_P(WrongCalls, SayWhatIsWrong) {
    Subject subject{logger, loaded, *context};
    EXPECT_FALSE(GetParam().call(subject));
    std::string said;
    for (const auto& [severity, line] : logger.lines) {
        if (severity <= ILogger::Severity::kERROR) said += line + "\n";
    }
    for (const char* part : GetParam().says) EXPECT_NE(said.find(part), std::string::npos) << said;
    // The context still works.
    const auto x = ramp(8);
    EXPECT_EQ(infer(*context, x), loaded.net.expected(x)) << logger.all();
}

INSTANTIATE_TEST_SUITE_P(Context, WrongCalls, testing::ValuesIn(kCalls),
                         [](const auto& info) { return std::string(info.param.name); });

//! Networks that cannot be built: making or building them must fail and name the layer or tensor.
struct WrongNetwork {
    const char* name;
    std::function<void(INetworkDefinition&, ITensor& x)> make;
    std::vector<const char*> says;
};

std::ostream& operator<<(std::ostream& out, const WrongNetwork& network) {
    return out << network.name;
}

float some[64] = {};
const Weights kNone{DataType::kFLOAT, nullptr, 0};

void mark(INetworkDefinition& network, ILayer* layer) {
    if (!layer) return;
    layer->setName("culprit");
    network.markOutput(*layer->getOutput(0));
}

using N = INetworkDefinition;
const WrongNetwork kNetworks[] = {
    {"KernelOfWrongSize",
     [](N& n, ITensor& x) {
         mark(n, n.addConvolutionNd(x, 4, Dims2(3, 3), {DataType::kFLOAT, some, 5}, kNone));
     },
     {"culprit", "5"}},
    {"WeightsNull",
     [](N& n, ITensor& x) {
         mark(n, n.addConvolutionNd(x, 1, Dims2(3, 3), {DataType::kFLOAT, nullptr, 18}, kNone));
     },
     {"culprit", "18", "no values"}},
    {"ShapesThatDoNotBroadcast",
     [](N& n, ITensor& x) {
         ITensor* other = n.addConstant(Dims4(1, 3, 1, 1), {DataType::kFLOAT, some, 3})->getOutput(0);
         mark(n, n.addElementWise(x, *other, ElementWiseOperation::kSUM));
     },
     {"culprit", "3", "2"}},
    {"ProductThatDoesNotFit",
     [](N& n, ITensor& x) { mark(n, n.addMatrixMultiply(x, MatrixOperation::kNONE, x, MatrixOperation::kNONE)); },
     {"culprit", "6", "5"}},
    {"ReshapeOfAnotherVolume",
     [](N& n, ITensor& x) {
         IShuffleLayer* shuffle = n.addShuffle(x);
         shuffle->setReshapeDimensions(Dims2(7, 7));
         mark(n, shuffle);
     },
     {"culprit", "49", "60"}},
    {"ConstantOfAnotherVolume",
     [](N& n, ITensor&) {
         mark(n, n.addConstant(Dims2(7, 7), {DataType::kFLOAT, some, 3}));
     },
     {"49", "3"}},
    {"InputTwice",
     [](N& n, ITensor& x) {
         n.addInput("x", DataType::kFLOAT, Dims2(1, 1));
         mark(n, n.addIdentity(x));
     },
     {"x"}},
    {"InputOfNegativeSize",
     [](N& n, ITensor&) {
         ITensor* input = n.addInput("strange", DataType::kFLOAT, Dims2(-7, 1));
         if (input) mark(n, n.addIdentity(*input));
     },
     {"strange", "-7"}},
};

struct WrongNetworks : testing::TestWithParam<WrongNetwork> {};

TEST_P(WrongNetworks, SayWhatIsWrong) {
    Logger logger;
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    ITensor* x = network->addInput("x", DataType::kFLOAT, Dims4(1, 2, 5, 6));
    GetParam().make(*network, *x);
    const std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
    std::string said;
    for (const auto& [severity, line] : logger.lines) {
        if (severity <= ILogger::Severity::kERROR) said += line + "\n";
    }
    EXPECT_FALSE(said.empty());
    for (const char* part : GetParam().says) EXPECT_NE(said.find(part), std::string::npos) << said;
}

INSTANTIATE_TEST_SUITE_P(Builder, WrongNetworks, testing::ValuesIn(kNetworks),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace apitest
