// SPDX-License-Identifier: Apache-2.0
// The parser through its public interface, on models made in code.
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <unistd.h>

#include "NvInfer.h"
#include "NvOnnxParser.h"
#include "model/onnx/test_models.h"

namespace opentrt::model {
namespace {

using nvinfer1::LayerType;
using nvonnxparser::ErrorCode;
using onnx::attribute;
using onnx::FLOAT;
using onnx::node;
using onnx::TestModel;
using onnx::with;

class Log : public nvinfer1::ILogger {
public:
    void log(Severity severity, const char* text) noexcept override {
        if (severity <= Severity::kWARNING) lines.emplace_back(text);
    }
    std::vector<std::string> lines;
};

struct Parsed {
    Log log;
    std::unique_ptr<nvinfer1::IBuilder> builder{nvinfer1::createInferBuilder(log)};
    std::unique_ptr<nvinfer1::INetworkDefinition> network{builder->createNetworkV2(0)};
    std::unique_ptr<nvonnxparser::IParser> parser{nvonnxparser::createParser(*network, log)};

    bool parse(const TestModel& model) { return parse(model.bytes()); }
    bool parse(const std::string& bytes) { return parser->parse(bytes.data(), bytes.size()); }
    std::string error(int i) { return parser->getError(i) ? parser->getError(i)->desc() : ""; }
    //! First layer of a name.
    nvinfer1::ILayer* layer(const std::string& name) {
        for (int i = 0; i < network->getNbLayers(); ++i) {
            if (network->getLayer(i)->getName() == name) return network->getLayer(i);
        }
        return nullptr;
    }
    std::vector<int64_t> outputDims(int i = 0) {
        const nvinfer1::Dims dims = network->getOutput(i)->getDimensions();
        return {dims.d, dims.d + dims.nbDims};
    }
};

onnx::NodeProto namedNode(const std::string& name, const std::string& op, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs) {
    onnx::NodeProto n = node(op, inputs, outputs);
    n.name = name;
    return n;
}

TestModel convModel() {
    TestModel m;
    m.input("x", FLOAT, {-1, 3, 8, 8}).add(onnx::floats("w", {4, 3, 3, 3}, std::vector<float>(108, 0.5F)));
    m.add(with(namedNode("conv1", "Conv", {"x", "w"}, {"c"}), attribute("pads", std::vector<int64_t>{1, 1, 1, 1})));
    m.add(node("Relu", {"c"}, {"y"})).output("y");
    return m;
}

//! Kilobytes of a mapped file that count as memory of this process; -1 when it is not mapped.
int64_t residentKilobytes(const std::string& file) {
    std::ifstream maps("/proc/self/smaps");
    bool here = false;
    for (std::string line; std::getline(maps, line);) {
        if (line.find(file) != std::string::npos) here = true;
        if (here && line.rfind("Rss:", 0) == 0) return std::stoll(line.substr(4));
    }
    return -1;
}

onnx::GraphProto branch(const std::string& op, const std::string& output) {
    onnx::GraphProto g;
    g.node.push_back(node(op, {"x"}, {output}));
    g.output.push_back(onnx::valueInfo(output, FLOAT, {2}));
    return g;
}

}  // namespace

TEST(Parser, NamesLayersAndTensorsAfterTheModel) {
    Parsed p;
    ASSERT_TRUE(p.parse(convModel())) << p.error(0);
    ASSERT_NE(p.layer("conv1"), nullptr);
    EXPECT_EQ(p.layer("conv1")->getType(), LayerType::kCONVOLUTION);
    EXPECT_STREQ(p.layer("conv1")->getMetadata(), "[ONNX Layer: conv1]");
    EXPECT_STREQ(p.layer("conv1")->getOutput(0)->getName(), "c");
    ASSERT_NE(p.layer("Relu_y"), nullptr);
    EXPECT_STREQ(p.network->getInput(0)->getName(), "x");
    EXPECT_STREQ(p.network->getInput(0)->getDimensionName(0), "d0");
    EXPECT_STREQ(p.network->getOutput(0)->getName(), "y");
    EXPECT_EQ(p.outputDims(), (std::vector<int64_t>{-1, 4, 8, 8}));
    EXPECT_STREQ(p.parser->getLayerOutputTensor("conv1", 0)->getName(), "c");
    EXPECT_EQ(p.parser->getLayerOutputTensor("conv1", 1), nullptr);
    EXPECT_EQ(p.parser->getLayerOutputTensor("nobody", 0), nullptr);
}

TEST(Parser, ReportsEveryBadNodeAtOnce) {
    TestModel m;
    m.input("x", FLOAT, {2, 3});
    m.add(namedNode("first", "Nonsense", {"x"}, {"a"}));
    m.add(namedNode("second", "Relu", {"a"}, {"b"}));
    m.add(with(namedNode("third", "Transpose", {"x"}, {"c"}), attribute("perm", std::vector<int64_t>{0, 5})));
    m.add(namedNode("fourth", "AlsoNonsense", {"b"}, {"d"}));
    m.add(with(namedNode("fifth", "Softmax", {"x"}, {"e"}), attribute("axis", 0.5F)));
    m.add(namedNode("good", "Relu", {"x"}, {"y"}));
    m.output("y").output("d").output("e");
    Parsed p;
    EXPECT_FALSE(p.parse(m));
    ASSERT_EQ(p.parser->getNbErrors(), 4);
    const nvonnxparser::IParserError& unknown = *p.parser->getError(0);
    EXPECT_EQ(unknown.code(), ErrorCode::kUNSUPPORTED_NODE);
    EXPECT_EQ(unknown.node(), 0);
    EXPECT_STREQ(unknown.nodeName(), "first");
    EXPECT_STREQ(unknown.nodeOperator(), "Nonsense");
    EXPECT_EQ(unknown.localFunctionStack(), nullptr);
    EXPECT_EQ(p.error(0),
              "node 0 \"first\" (Nonsense, opset 17): operator Nonsense is not known; load a plugin of this name, or "
              "replace the node by operators that are (UNSUPPORTED_NODE)");
    EXPECT_EQ(
        p.error(1),
        "node 2 \"third\" (Transpose, opset 17): axis is 5, which a tensor of rank 2 does not have (INVALID_NODE)");
    EXPECT_STREQ(p.parser->getError(2)->nodeName(), "fourth");
    EXPECT_EQ(p.parser->getError(3)->code(), ErrorCode::kUNSUPPORTED_NODE_ATTR);
    EXPECT_EQ(p.parser->getError(4), nullptr);
    EXPECT_EQ(p.parser->getError(-1), nullptr);
    p.parser->clearErrors();
    EXPECT_EQ(p.parser->getNbErrors(), 0);
}

TEST(Parser, GivesTheNetworksReasonForARefusedLayer) {
    TestModel m;
    m.input("x", FLOAT, {2, 3}).input("z", FLOAT, {4, 5});
    m.add(namedNode("sum", "Add", {"x", "z"}, {"y"})).output("y");
    Parsed p;
    EXPECT_FALSE(p.parse(m));
    ASSERT_EQ(p.parser->getNbErrors(), 1);
    EXPECT_NE(p.error(0).find("node 0 \"sum\" (Add, opset 17): sum: "), std::string::npos) << p.error(0);
}

TEST(Parser, KeepsTheRecorderThatWasInstalled) {
    struct Recorder : nvinfer1::IErrorRecorder {
        int reports = 0;
        int references = 0;
        int32_t getNbErrors() const noexcept override { return reports; }
        nvinfer1::ErrorCode getErrorCode(int32_t) const noexcept override { return nvinfer1::ErrorCode::kSUCCESS; }
        ErrorDesc getErrorDesc(int32_t) const noexcept override { return ""; }
        bool hasOverflowed() const noexcept override { return false; }
        void clear() noexcept override {}
        bool reportError(nvinfer1::ErrorCode, ErrorDesc) noexcept override { return ++reports > 0; }
        RefCount incRefCount() noexcept override { return ++references; }
        RefCount decRefCount() noexcept override { return --references; }
    } recorder;
    Parsed p;
    p.network->setErrorRecorder(&recorder);
    const int before = recorder.references;
    TestModel m;
    m.input("x", FLOAT, {2, 3}).input("z", FLOAT, {4, 5});
    EXPECT_FALSE(p.parse(m.add(node("Add", {"x", "z"}, {"y"})).output("y")));
    EXPECT_GT(recorder.reports, 0);
    EXPECT_EQ(p.network->getErrorRecorder(), &recorder);
    EXPECT_EQ(recorder.references, before);
    p.network->setErrorRecorder(nullptr);
}

TEST(Parser, TakesInitializersForWeightsEvenWhenTheyAreInputs) {
    TestModel m = convModel();
    m.input("w", FLOAT, {4, 3, 3, 3});
    Parsed p;
    ASSERT_TRUE(p.parse(m));
    EXPECT_EQ(p.network->getNbInputs(), 1);
}

TEST(Parser, KeepsNamesOfOutputsThatAreInputsOrWeights) {
    TestModel m;
    m.input("x", FLOAT, {2}).add(onnx::floats("w", {2}, {1, 2}));
    m.add(node("Identity", {"x"}, {"same"})).add(node("Relu", {"x"}, {"y"})).add(node("Identity", {"y"}, {"again"}));
    m.output("same").output("w").output("y").output("again").output("x").output("y");
    Parsed p;
    ASSERT_TRUE(p.parse(m)) << p.error(0);
    std::vector<std::string> names;
    for (int i = 0; i < p.network->getNbOutputs(); ++i) names.emplace_back(p.network->getOutput(i)->getName());
    EXPECT_EQ(names, (std::vector<std::string>{"same", "w", "y", "again", "__x"}));
}

TEST(Parser, FoldsShapeArithmeticThatDecidesAxes) {
    TestModel m;
    m.input("x", FLOAT, {-1, 4, 5});
    m.add(node("Shape", {"x"}, {"s"})).add(node("Size", {"s"}, {"rank"}));
    m.add(onnx::integers("one", {}, {1})).add(node("Sub", {"rank", "one"}, {"last"}));
    m.add(onnx::integers("zero", {1}, {0})).add(node("Unsqueeze", {"last", "zero"}, {"axes"}));
    m.opset(18).add(node("ReduceSum", {"x", "axes"}, {"y"})).output("y");
    Parsed p;
    ASSERT_TRUE(p.parse(m)) << p.error(0);
    EXPECT_EQ(p.outputDims(), (std::vector<int64_t>{-1, 4, 1}));
    // The shape itself has a dynamic part; all arithmetic on its length is gone.
    ASSERT_EQ(p.network->getNbLayers(), 2);
    EXPECT_EQ(p.network->getLayer(1)->getType(), LayerType::kREDUCE);
}

TEST(Parser, NormalisesASingleGroupOverItsChannels) {
    TestModel m;
    m.opset(21).input("x", FLOAT, {2, 4, 5, 6}).input("s", FLOAT, {4}).input("b", FLOAT, {4});
    m.add(with(node("GroupNormalization", {"x", "s", "b"}, {"y"}), attribute("num_groups", int64_t{1}))).output("y");
    Parsed p;
    ASSERT_TRUE(p.parse(m)) << p.error(0);
    const auto* layer = static_cast<const nvinfer1::INormalizationLayer*>(p.layer("GroupNormalization_y"));
    ASSERT_NE(layer, nullptr);
    EXPECT_EQ(layer->getAxes(), 0b1110U);
}

TEST(Parser, TakesTheKnownBranchOfAConditional) {
    TestModel m;
    m.input("x", FLOAT, {2});
    onnx::TensorProto yes = onnx::integers("c", {}, {});
    yes.dataType = onnx::BOOL;
    yes.int64Data.clear();
    yes.int32Data = {1};
    m.add(std::move(yes));
    m.add(with(node("If", {"c"}, {"y"}), attribute("then_branch", branch("Exp", "a")),
               attribute("else_branch", branch("Nonsense", "b"))));
    Parsed p;
    ASSERT_TRUE(p.parse(m.output("y"))) << p.error(0);
    EXPECT_EQ(p.network->getNbLayers(), 1);
    EXPECT_EQ(p.network->getLayer(0)->getType(), LayerType::kUNARY);
}

TEST(Parser, MakesAConditionalOfAnUnknownCondition) {
    TestModel m;
    m.input("x", FLOAT, {2}).input("c", onnx::BOOL, {});
    m.add(with(namedNode("choice", "If", {"c"}, {"y"}), attribute("then_branch", branch("Exp", "a")),
               attribute("else_branch", branch("Neg", "b"))));
    Parsed p;
    ASSERT_TRUE(p.parse(m.output("y"))) << p.error(0);
    EXPECT_EQ(p.layer("Exp_a")->getMetadata(), std::string("[ONNX Layer: choice | Exp_a]"));
    EXPECT_EQ(p.network->getOutput(0)->getName(), std::string("y"));
}

TEST(Parser, ReportsNodesInsideBranches) {
    TestModel m;
    m.input("x", FLOAT, {2}).input("c", onnx::BOOL, {});
    m.add(with(namedNode("choice", "If", {"c"}, {"y"}), attribute("then_branch", branch("Wrong", "a")),
               attribute("else_branch", branch("AlsoWrong", "b"))));
    Parsed p;
    EXPECT_FALSE(p.parse(m.output("y")));
    ASSERT_EQ(p.parser->getNbErrors(), 2);
    EXPECT_NE(p.error(0).find("in choice/then"), std::string::npos) << p.error(0);
    EXPECT_NE(p.error(1).find("AlsoWrong"), std::string::npos);
}

TEST(Parser, ExpandsLocalFunctions) {
    TestModel m;
    m.proto.opset.push_back({"mine", 1});
    onnx::FunctionProto f;
    f.name = "ScaledElu";
    f.domain = "mine";
    f.input = {"a", "bias"};
    f.output = {"r"};
    f.opset.push_back({"", 13});
    onnx::AttributeProto reference = attribute("alpha", 0.0F);
    reference.reference = "strength";
    f.node.push_back(with(namedNode("inner", "Elu", {"a"}, {"t"}), std::move(reference)));
    // The caller leaves `bias` out, so this Clip has no lower bound.
    f.node.push_back(namedNode("inner2", "Clip", {"t", "bias"}, {"r"}));
    m.proto.function.push_back(std::move(f));
    for (const char* out : {"y", "z"}) {
        onnx::NodeProto call =
            with(namedNode(std::string("call_") + out, "ScaledElu", {"x"}, {out}), attribute("strength", 0.25F));
        call.domain = "mine";
        m.add(std::move(call)).output(out);
    }
    m.input("x", FLOAT, {2});
    Parsed p;
    ASSERT_TRUE(p.parse(m)) << p.error(0);
    ASSERT_NE(p.layer("inner"), nullptr);
    EXPECT_EQ(static_cast<nvinfer1::IActivationLayer*>(p.layer("inner"))->getAlpha(), 0.25F);
    EXPECT_NE(p.layer("inner_1"), nullptr);
}

TEST(Parser, NamesTheFunctionsAroundAnError) {
    TestModel m;
    m.proto.opset.push_back({"mine", 1});
    onnx::FunctionProto f;
    f.name = "Outer";
    f.domain = "mine";
    f.input = {"a"};
    f.output = {"r"};
    f.opset.push_back({"", 13});
    f.node.push_back(node("Wrong", {"a"}, {"r"}));
    m.proto.function.push_back(std::move(f));
    onnx::NodeProto call = node("Outer", {"x"}, {"y"});
    call.domain = "mine";
    Parsed p;
    EXPECT_FALSE(p.parse(m.input("x", FLOAT, {2}).add(std::move(call)).output("y")));
    ASSERT_EQ(p.parser->getNbErrors(), 1);
    ASSERT_EQ(p.parser->getError(0)->localFunctionStackSize(), 1);
    EXPECT_STREQ(p.parser->getError(0)->localFunctionStack()[0], "Outer");
}

TEST(Parser, StopsFunctionsThatCallThemselves) {
    TestModel m;
    m.proto.opset.push_back({"mine", 1});
    onnx::FunctionProto f;
    f.name = "Round";
    f.domain = "mine";
    f.input = {"a"};
    f.output = {"r"};
    f.opset.push_back({"mine", 1});
    onnx::NodeProto again = node("Round", {"a"}, {"r"});
    again.domain = "mine";
    f.node.push_back(std::move(again));
    m.proto.function.push_back(std::move(f));
    onnx::NodeProto call = node("Round", {"x"}, {"y"});
    call.domain = "mine";
    Parsed p;
    EXPECT_FALSE(p.parse(m.input("x", FLOAT, {2}).add(std::move(call)).output("y")));
    EXPECT_NE(p.error(0).find("recursive"), std::string::npos) << p.error(0);
}

TEST(Parser, RefusesAttributesAndRanksThatFitNoInput) {
    const auto reason = [](TestModel& m) {
        Parsed p;
        EXPECT_FALSE(p.parse(m));
        return p.error(0);
    };
    TestModel groups;
    groups.input("x", FLOAT, {1, 4, 5, 5}).input("w", FLOAT, {4, 4, 3, 3});
    groups.add(with(node("Conv", {"x", "w"}, {"y"}), attribute("group", INT64_MAX))).output("y");
    EXPECT_NE(reason(groups).find("attribute group is 9223372036854775807"), std::string::npos);
    TestModel flat;
    flat.opset(18).input("x", FLOAT, {4, 9});
    flat.add(onnx::integers("image", {2}, {3, 3})).add(onnx::integers("block", {2}, {1, 1}));
    flat.add(node("Col2Im", {"x", "image", "block"}, {"y"})).output("y");
    EXPECT_NE(reason(flat).find("has 2 dimensions when it must have 3"), std::string::npos) << reason(flat);
    TestModel blocks;
    blocks.proto.opset.push_back({"com.microsoft", 1});
    blocks.input("x", FLOAT, {1, 32}).add(onnx::floats("scale", {1, 1}, {1}));
    blocks.add(onnx::integers("codes", {1, 1, 16}, std::vector<int64_t>(16, 1)));
    auto product = with(node("MatMulNBits", {"x", "codes", "scale"}, {"y"}), attribute("K", int64_t{32}),
                        attribute("N", int64_t{1}), attribute("block_size", INT64_MAX));
    product.domain = "com.microsoft";
    blocks.add(std::move(product)).output("y");
    EXPECT_NE(reason(blocks).find("block_size = 9223372036854775807"), std::string::npos) << reason(blocks);
}

TEST(Parser, RefusesBrokenGraphs) {
    const auto reason = [](TestModel& m) {
        Parsed p;
        EXPECT_FALSE(p.parse(m));
        return p.error(0);
    };
    TestModel cycle;
    cycle.add(node("Relu", {"b"}, {"a"})).add(node("Relu", {"a"}, {"b"})).output("a");
    EXPECT_NE(reason(cycle).find("cycle"), std::string::npos);
    TestModel twice;
    twice.input("x", FLOAT, {2}).add(node("Relu", {"x"}, {"y"})).add(node("Exp", {"x"}, {"y"})).output("y");
    EXPECT_NE(reason(twice).find("made twice"), std::string::npos);
    TestModel nothing;
    nothing.input("x", FLOAT, {2}).add(node("Relu", {"ghost"}, {"y"})).output("y");
    EXPECT_NE(reason(nothing).find("\"ghost\" is made by no node"), std::string::npos);
    TestModel silent;
    silent.input("x", FLOAT, {2});
    EXPECT_NE(reason(silent).find("no outputs"), std::string::npos);
    TestModel negative;
    negative.input("x", FLOAT, {2}).add(node("Relu", {"x"}, {"y"})).output("y");
    negative.graph().input[0].type.tensor->shape->dim[0].value = -5;
    EXPECT_NE(reason(negative).find("negative dimension -5"), std::string::npos);
    TestModel shapeless;
    shapeless.input("x", FLOAT, {2}).add(node("Relu", {"x"}, {"y"})).output("y");
    shapeless.graph().input[0].type.tensor->shape.reset();
    EXPECT_NE(reason(shapeless).find("no shape"), std::string::npos);
}

TEST(Parser, GroupsSupportedNodes) {
    TestModel m;
    m.input("x", FLOAT, {2});
    m.add(node("Relu", {"x"}, {"a"})).add(node("Exp", {"a"}, {"b"})).add(node("Wrong", {"b"}, {"c"}));
    m.add(node("Neg", {"c"}, {"d"})).output("d");
    const std::string bytes = m.bytes();
    Parsed p;
    EXPECT_FALSE(p.parser->supportsModelV2(bytes.data(), bytes.size()));
    ASSERT_EQ(p.parser->getNbSubgraphs(), 2);
    int64_t length = 0;
    const int64_t* nodes = p.parser->getSubgraphNodes(0, length);
    ASSERT_EQ(length, 2);
    EXPECT_EQ(nodes[1], 1);
    EXPECT_TRUE(p.parser->isSubgraphSupported(0));
    EXPECT_FALSE(p.parser->isSubgraphSupported(1));
    EXPECT_EQ(p.parser->getSubgraphNodes(7, length), nullptr);
    Parsed whole;
    const std::string good = convModel().bytes();
    EXPECT_TRUE(whole.parser->supportsModelV2(good.data(), good.size()));
    EXPECT_EQ(whole.parser->getNbSubgraphs(), 1);
    // Programs may go on with parse(), which must not import the model a second time.
    EXPECT_TRUE(whole.parse(good));
    EXPECT_EQ(whole.network->getNbInputs(), 1);
}

TEST(Parser, ImportsOneModelOnly) {
    Parsed p;
    ASSERT_TRUE(p.parse(convModel()));
    EXPECT_FALSE(p.parse(convModel()));
    EXPECT_NE(p.error(0).find("another parser"), std::string::npos);
}

TEST(Parser, TakesInitializersFromTheCaller) {
    const std::string bytes = convModel().bytes();
    const std::vector<float> mine(108, 2.0F);
    Parsed p;
    EXPECT_FALSE(p.parser->loadInitializer("w", mine.data(), 432));
    EXPECT_TRUE(p.parser->loadModelProto(bytes.data(), bytes.size()));
    EXPECT_FALSE(p.parser->loadModelProto(bytes.data(), bytes.size()));
    EXPECT_FALSE(p.parser->loadInitializer("w", mine.data(), 400));
    EXPECT_TRUE(p.parser->loadInitializer("w", mine.data(), 432));
    p.parser->clearErrors();
    ASSERT_TRUE(p.parser->parseModelProto()) << p.error(0);
    const auto* conv = static_cast<nvinfer1::IConvolutionLayer*>(p.layer("conv1"));
    EXPECT_EQ(conv->getKernelWeights().values, static_cast<const void*>(mine.data()));
}

TEST(Parser, ReadsFilesAndSaysWhatIsWrongWithThem) {
    const auto folder = std::filesystem::temp_directory_path() / ("onnx_parser_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const std::string path = (folder / "model.onnx").string();
    const std::string bytes = convModel().bytes();
    std::ofstream(path, std::ios::binary) << bytes;
    Parsed good;
    EXPECT_TRUE(good.parser->parseFromFile(path.c_str(), 2)) << good.error(0);
    std::ofstream(path, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
    Parsed cut;
    EXPECT_FALSE(cut.parser->parseFromFile(path.c_str(), 2));
    EXPECT_EQ(cut.parser->getError(0)->code(), ErrorCode::kMODEL_DESERIALIZE_FAILED);
    Parsed missing;
    EXPECT_FALSE(missing.parser->parseFromFile((path + ".none").c_str(), 2));
    EXPECT_NE(missing.error(0).find("cannot open"), std::string::npos);
    EXPECT_FALSE(missing.parser->parseFromFile(nullptr, 2));
    EXPECT_FALSE(missing.parser->parse(nullptr, 10));
    std::filesystem::remove_all(folder);
}

TEST(Parser, GivesPagesOfExternalWeightsBackWhileBuilding) {
    const auto folder = std::filesystem::temp_directory_path() / ("onnx_pages_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const std::vector<float> weights(1 << 20, 0.25F);
    const std::string file = (folder / "weights.bin").string();
    std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(weights.data()), 4 << 20);
    onnx::TensorProto w;
    w.name = "w";
    w.dataType = FLOAT;
    w.dims = {1024, 1024};
    w.dataLocation = 1;
    w.externalData.push_back({"location", "weights.bin"});
    TestModel m;
    m.input("x", FLOAT, {1, 1024}).add(std::move(w)).add(node("MatMul", {"x", "w"}, {"y"})).output("y");
    std::ofstream(folder / "model.onnx", std::ios::binary) << m.bytes();
    Parsed p;
    ASSERT_TRUE(p.parser->parseFromFile((folder / "model.onnx").c_str(), 0)) << p.error(0);
    const std::unique_ptr<nvinfer1::IBuilderConfig> config(p.builder->createBuilderConfig());
    const std::unique_ptr<nvinfer1::IHostMemory> plan(p.builder->buildSerializedNetwork(*p.network, *config));
    ASSERT_NE(plan, nullptr);
    EXPECT_GT(plan->size(), 4U << 20);
    EXPECT_GE(residentKilobytes(file), 0);
    EXPECT_LT(residentKilobytes(file), 1024);
    std::filesystem::remove_all(folder);
}

TEST(Parser, AnswersSimpleQuestions) {
    Parsed p;
    EXPECT_TRUE(p.parser->supportsOperator("Conv"));
    EXPECT_FALSE(p.parser->supportsOperator("Nonsense"));
    EXPECT_FALSE(p.parser->supportsOperator(nullptr));
    EXPECT_EQ(p.parser->getFlags(), 1U);
    p.parser->setFlag(nvonnxparser::OnnxParserFlag::kENABLE_PLUGIN_OVERRIDE);
    EXPECT_TRUE(p.parser->getFlag(nvonnxparser::OnnxParserFlag::kENABLE_PLUGIN_OVERRIDE));
    p.parser->clearFlag(nvonnxparser::OnnxParserFlag::kENABLE_PLUGIN_OVERRIDE);
    EXPECT_EQ(p.parser->getFlags(), 1U);
    int64_t libraries = -1;
    EXPECT_EQ(p.parser->getUsedVCPluginLibraries(libraries), nullptr);
    EXPECT_EQ(libraries, 0);
    EXPECT_EQ(getNvOnnxParserVersion(), NV_ONNX_PARSER_VERSION);
    EXPECT_EQ(createNvOnnxParser_INTERNAL(nullptr, &p.log, NV_ONNX_PARSER_VERSION), nullptr);
    EXPECT_EQ(createNvOnnxParser_INTERNAL(p.network.get(), nullptr, NV_ONNX_PARSER_VERSION), nullptr);
    EXPECT_EQ(createNvOnnxParserRefitter_INTERNAL(nullptr, &p.log, NV_ONNX_PARSER_VERSION), nullptr);
}

}  // namespace opentrt::model
