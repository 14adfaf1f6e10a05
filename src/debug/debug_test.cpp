// SPDX-License-Identifier: Apache-2.0
// Builds that are watched: what is told of them, and whether faults that are put in are found.
#include <gtest/gtest.h>
#include <limits>

#include "builder/api_builder.h"
#include "debug/blame.h"
#include "graph/evaluate.h"
#include "graph/text.h"
#include "opentrt/inspect.h"

namespace opentrt::debug {
namespace {

using namespace nvinfer1;  // NOLINT: this is a client of the API

class Silent final : public ILogger {
public:
    void log(Severity severity, AsciiChar const* message) override {
        if (severity <= Severity::kERROR) errors += std::string(message) + "\n";
    }
    std::string errors;
};

std::vector<float> numbers(int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>((i * 7919) % 101) / 50 - 1;
    return values;
}

//! x[1,3,8,8] -> "first" -> "norm" -> "relu" -> "second" -> y.
class Watched : public testing::Test {
protected:
    Watched() : builder_(&logger_, 10), network_(builder_.createNetworkV2(0)), config_(builder_.createBuilderConfig()) {
        ITensor* t = network_->addInput("x", DataType::kFLOAT, Dims4{1, 3, 8, 8});
        t = convolution(*t, first_, 3, "first");
        ITensor* factors = network_->addConstant(Dims4{1, 4, 1, 1}, weightsOf(factors_))->getOutput(0);
        IElementWiseLayer* norm = network_->addElementWise(*t, *factors, ElementWiseOperation::kPROD);
        norm->setName("norm");
        IActivationLayer* relu = network_->addActivation(*norm->getOutput(0), ActivationType::kRELU);
        relu->setName("relu");
        t = convolution(*relu->getOutput(0), second_, 4, "second");
        t->setName("y");
        network_->markOutput(*t);
    }
    static Weights weightsOf(const std::vector<float>& values) {
        return {DataType::kFLOAT, values.data(), static_cast<int64_t>(values.size())};
    }
    ITensor* convolution(ITensor& input, const std::vector<float>& weights, int64_t channels, const char* name) {
        const auto maps = static_cast<int64_t>(weights.size()) / (channels * 9);
        IConvolutionLayer* layer = network_->addConvolutionNd(input, maps, Dims2{3, 3}, weightsOf(weights), {});
        layer->setName(name);
        return layer->getOutput(0);
    }
    Record watch(const RecordRequest& request = {}) {
        return record(static_cast<network::Network&>(*network_), static_cast<builder::BuilderConfig&>(*config_),
                      request);
    }
    static std::vector<Tensor> input() {
        static const std::vector<float> values = numbers(3 * 8 * 8);
        return {Tensor::borrow(DType::F32, {1, 3, 8, 8}, values.data())};
    }

    std::vector<float> first_ = numbers(4 * 3 * 9), second_ = numbers(2 * 4 * 9);
    std::vector<float> factors_ = {1.1f, 0.7f, 1.3f, 0.9f};
    Silent logger_;
    builder::Builder builder_;
    std::unique_ptr<INetworkDefinition> network_;
    std::unique_ptr<IBuilderConfig> config_;
};

const Json& passNamed(const Json& build, const std::string& name) {
    for (const Json& pass : build.at("passes")) {
        if (pass.at("name") == name) return pass;
    }
    throw std::out_of_range(name);
}

TEST_F(Watched, TellsPassesLayersAndTactics) {
    const Json build = explain(watch());
    EXPECT_EQ(build.at("passes").at(0).at("name"), "imported");
    EXPECT_FALSE(passNamed(build, "scale_weights").at("rewrites").empty());
    ASSERT_EQ(build.at("layers").size(), 2u);
    const Json& layer = build.at("layers").at(0);
    EXPECT_EQ(layer.at("name"), "first + relu");
    EXPECT_EQ(layer.at("flops").get<double>(), 2.0 * 6 * 6 * 4 * 3 * 9 + 6 * 6 * 4);
    bool chosen = false;
    for (const Json& candidate : layer.at("candidates"))
        chosen = chosen || candidate.at("tactic") == layer.at("tactic");
    EXPECT_TRUE(chosen);
    EXPECT_GT(build.at("weightBytes").get<int64_t>(), 0);
}

TEST_F(Watched, LeavesOutDisabledPasses) {
    RecordRequest request;
    request.disabled = {"scale_weights", "fuse_epilogues"};
    const Json build = explain(watch(request));
    EXPECT_GT(build.at("layers").size(), 2u);
}

TEST_F(Watched, WritesGraphsThatParseBackToTheSameFunction) {
    RecordRequest request;
    request.texts = request.weights = true;
    const Record built = watch(request);
    const std::vector<Tensor> expected = evaluate(built.imported, input());
    for (const PassRecord& pass : built.passes) {
        const std::vector<Tensor> got = evaluate(parseGraph(pass.text), input());
        EXPECT_FALSE(departure(got[0], expected[0], 1e-5).departs) << "after " << pass.name;
    }
}

TEST_F(Watched, BlamesNobodyForARightAnswer) {
    const Json json = blame(watch(), input(), {});
    EXPECT_TRUE(json.at("first").is_null()) << dump(json);
    ASSERT_EQ(json.at("outputs").size(), 1u);
    EXPECT_FALSE(json.at("outputs").at(0).at("departs").get<bool>());
}

//! Twice every weight of a step, however its kernel arranged them.
void spoil(Plan& plan, PlanStep& step) {
    for (const int32_t blob : step.weights) {
        const Tensor& good = plan.blobs[static_cast<size_t>(blob)];
        Tensor bad(good.type(), good.dims());
        for (int64_t i = 0; i < good.bytes() / 4; ++i)
            static_cast<float*>(bad.mutableData())[i] = 2 * static_cast<const float*>(good.data())[i];
        plan.blobs[static_cast<size_t>(blob)] = bad;
    }
}

TEST_F(Watched, BlamesTheLayerWhoseKernelIsWrong) {
    Record built = watch();
    for (PlanStep& step : built.plan.programs[0].steps) {
        if (step.name == "second") spoil(built.plan, step);
    }
    const Json json = blame(built, input(), {});
    ASSERT_FALSE(json.at("first").is_null());
    const Json& layer = json.at("layers").at(json.at("first").get<size_t>());
    EXPECT_EQ(layer.at("name"), "second");
    EXPECT_TRUE(layer.at("kernelDeparts").get<bool>());
    EXPECT_TRUE(json.at("outputs").at(0).at("departs").get<bool>());
}

TEST_F(Watched, BisectsToTheRewriteThatChangesTheOutputs) {
    // No difference at all is allowed, so folding the scale into the weights, which rounds otherwise, is the culprit.
    const Json json = bisect(watch(), input(), 0);
    ASSERT_FALSE(json.is_null());
    EXPECT_EQ(json.at("pass"), "scale_weights");
    EXPECT_NE(json.at("text").get<std::string>().find("norm"), std::string::npos) << json.at("text");
    EXPECT_TRUE(bisect(watch(), input(), 1e-3).is_null());
}

TEST_F(Watched, AnswersThroughThePublicFunctions) {
    const std::unique_ptr<IHostMemory> text(opentrt::inspectBuild(*network_, *config_, R"({"graphs": true})"));
    ASSERT_NE(text, nullptr) << logger_.errors;
    const Json build = Json::parse(std::string(static_cast<const char*>(text->data()), text->size()));
    EXPECT_NE(passNamed(build, "imported").at("graph").get<std::string>().find("\"norm\""), std::string::npos);
    EXPECT_EQ(opentrt::inspectBuild(*network_, *config_, "{"), nullptr);
    EXPECT_NE(logger_.errors.find("the request is no JSON"), std::string::npos) << logger_.errors;
    EXPECT_EQ(opentrt::inspectBuild(*network_, *config_, R"({"disable": ["nothing"]})"), nullptr);
    EXPECT_NE(logger_.errors.find("there is no pass named \"nothing\""), std::string::npos) << logger_.errors;
    EXPECT_EQ(opentrt::blame(*network_, *config_, nullptr, nullptr, 0), nullptr);
    EXPECT_NE(logger_.errors.find("no tensor is given for this input"), std::string::npos) << logger_.errors;
}

TEST_F(Watched, RefusesInputsOfTheWrongShape) {
    const std::vector<float> values = numbers(3 * 8 * 7);
    const LentTensor lent{"x", DataType::kFLOAT, Dims4{1, 3, 8, 7}, values.data()};
    EXPECT_EQ(opentrt::blame(*network_, *config_, nullptr, &lent, 1), nullptr);
    EXPECT_NE(logger_.errors.find("x"), std::string::npos) << logger_.errors;
}

TEST(Departure, KnowsNotANumberAndInfinity) {
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    const float a[] = {1, nan, inf}, b[] = {1, nan, -inf}, c[] = {1, 2, inf};
    const auto tensor = [](const float* p) { return Tensor::borrow(DType::F32, {3}, p); };
    EXPECT_FALSE(departure(tensor(a), tensor(a), 0).departs);
    EXPECT_EQ(departure(tensor(a), tensor(b), 1e30).at, 2);
    EXPECT_TRUE(departure(tensor(a), tensor(b), 1e30).departs);
    EXPECT_TRUE(departure(tensor(a), tensor(c), 1e30).departs);
    EXPECT_TRUE(departure(tensor(a), Tensor::borrow(DType::F32, {1, 3}, a), 1).departs);
}

TEST(Departure, LetsQuantizedBytesBeOneStepAway) {
    const int8_t a[] = {1, 2}, b[] = {1, 3}, c[] = {1, 4};
    const auto tensor = [](const int8_t* p) { return Tensor::borrow(DType::I8, {2}, p); };
    EXPECT_FALSE(departure(tensor(a), tensor(b), 0).departs);
    EXPECT_TRUE(departure(tensor(a), tensor(c), 0).departs);
}

}  // namespace
}  // namespace opentrt::debug
