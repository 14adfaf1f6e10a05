// SPDX-License-Identifier: Apache-2.0
// A node whose operator only a registered plugin knows: from the model's bytes to numbers.
#include <gtest/gtest.h>
#include <memory>

#include "NvInfer.h"
#include "NvOnnxParser.h"
#include "model/onnx/test_models.h"

namespace opentrt::model {
namespace {

using namespace nvinfer1;  // NOLINT: a client of the API
using onnx::attribute;
using onnx::FLOAT;
using onnx::node;
using onnx::TestModel;
using onnx::with;

class Log : public ILogger {
public:
    void log(Severity severity, const char* text) noexcept override {
        if (severity <= Severity::kWARNING) lines += std::string(text) + "\n";
    }
    std::string lines;
};

//! y = x * scale, from attributes of the node.
class Times final : public IPluginV3, public IPluginV3OneCore, public IPluginV3OneBuild, public IPluginV3OneRuntime {
public:
    explicit Times(float scale) : scale_(scale) {}
    Times(const Times&) = delete;
    Times& operator=(const Times&) = delete;
    IPluginCapability* getCapabilityInterface(PluginCapabilityType type) override {
        if (type == PluginCapabilityType::kCORE) return static_cast<IPluginV3OneCore*>(this);
        if (type == PluginCapabilityType::kBUILD) return static_cast<IPluginV3OneBuild*>(this);
        return static_cast<IPluginV3OneRuntime*>(this);
    }
    IPluginV3* clone() override { return new Times(scale_); }
    const char* getPluginName() const override { return "Times"; }
    const char* getPluginVersion() const override { return "7"; }
    const char* getPluginNamespace() const override { return "mine"; }
    int32_t configurePlugin(const DynamicPluginTensorDesc*, int32_t, const DynamicPluginTensorDesc*, int32_t) override {
        return 0;
    }
    int32_t getOutputDataTypes(DataType* out, int32_t, const DataType* in, int32_t) const override {
        out[0] = in[0];
        return 0;
    }
    int32_t getOutputShapes(const DimsExprs* in, int32_t, const DimsExprs*, int32_t, DimsExprs* out, int32_t,
                            IExprBuilder&) override {
        out[0] = in[0];
        return 0;
    }
    bool supportsFormatCombination(int32_t pos, const DynamicPluginTensorDesc* t, int32_t, int32_t) override {
        return t[pos].desc.type == DataType::kFLOAT && t[pos].desc.format == TensorFormat::kLINEAR;
    }
    int32_t getNbOutputs() const override { return 1; }
    int32_t onShapeChange(const PluginTensorDesc*, int32_t, const PluginTensorDesc*, int32_t) override { return 0; }
    int32_t enqueue(const PluginTensorDesc* in, const PluginTensorDesc*, const void* const* inputs,
                    void* const* outputs, void*, cudaStream_t) override {
        for (int64_t i = 0; i < in[0].dims.d[0]; ++i) {
            static_cast<float*>(outputs[0])[i] = static_cast<const float*>(inputs[0])[i] * scale_;
        }
        return 0;
    }
    IPluginV3* attachToContext(IPluginResourceContext*) override { return clone(); }
    const PluginFieldCollection* getFieldsToSerialize() override {
        field_ = PluginField("scale", &scale_, PluginFieldType::kFLOAT32, 1);
        return &fields_;
    }

private:
    float scale_;
    PluginField field_;
    PluginFieldCollection fields_{1, &field_};
};

class TimesCreator final : public IPluginCreatorV3One {
public:
    IPluginV3* createPlugin(const char*, const PluginFieldCollection* fc, TensorRTPhase phase) override {
        lastPhase = phase;
        return fc->nbFields == 1 ? new Times(*static_cast<const float*>(fc->fields[0].data)) : nullptr;
    }
    const PluginFieldCollection* getFieldNames() override { return &fields_; }
    const char* getPluginName() const override { return "Times"; }
    const char* getPluginVersion() const override { return "7"; }
    const char* getPluginNamespace() const override { return "mine"; }
    TensorRTPhase lastPhase = TensorRTPhase::kBUILD;

private:
    PluginField field_{"scale", nullptr, PluginFieldType::kFLOAT32, 1};
    PluginFieldCollection fields_{1, &field_};
};

}  // namespace

TEST(PluginNodes, RunFromTheModelToNumbers) {
    TimesCreator creator;
    ASSERT_TRUE(getPluginRegistry()->registerCreator(creator, "mine"));
    {
        TestModel m;
        m.input("x", FLOAT, {3});
        m.add(with(node("Times", {"x"}, {"y"}), attribute("scale", 2.5F), attribute("plugin_version", std::string("7")),
                   attribute("plugin_namespace", std::string("mine"))));
        m.output("y");
        Log log;
        const std::unique_ptr<IBuilder> builder(createInferBuilder(log));
        const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
        const std::unique_ptr<nvonnxparser::IParser> parser(nvonnxparser::createParser(*network, log));
        const std::string bytes = m.bytes();
        ASSERT_TRUE(parser->parse(bytes.data(), bytes.size())) << log.lines;
        const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
        const std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
        ASSERT_NE(plan, nullptr) << log.lines;
        EXPECT_EQ(creator.lastPhase, TensorRTPhase::kBUILD);
        const std::unique_ptr<IRuntime> runtime(createInferRuntime(log));
        const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
        ASSERT_NE(engine, nullptr) << log.lines;
        EXPECT_EQ(creator.lastPhase, TensorRTPhase::kRUNTIME);
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        std::vector<float> x{1, -2, 4}, y(3);
        context->setTensorAddress("x", x.data());
        context->setTensorAddress("y", y.data());
        ASSERT_TRUE(context->enqueueV3(nullptr)) << log.lines;
        EXPECT_EQ(y, (std::vector<float>{2.5F, -5, 10}));
    }
    getPluginRegistry()->deregisterCreator(creator);
}

}  // namespace opentrt::model
