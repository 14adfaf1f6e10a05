// SPDX-License-Identifier: Apache-2.0
// A plugin of the kind that Python functions declare: built, stored in a plan, made again by its creator, run.
#include "impl/NvInferPythonPlugin.h"
#include "layer_support.h"

namespace apitest {
namespace {

//! y[i] = x[i] * factor + the step between rows, of f32 or f16 tensors [n, m]; lists f32 only.
class QuickScale final : public IPluginV3,
                         public IPluginV3QuickCore,
                         public IPluginV3QuickBuild,
                         public IPluginV3QuickRuntime {
public:
    static int objects;
    explicit QuickScale(float factor, bool called = true) : factor_(factor), called_(called) { ++objects; }
    ~QuickScale() override { --objects; }
    QuickScale(QuickScale const&) = delete;
    QuickScale& operator=(QuickScale const&) = delete;

    IPluginCapability* getCapabilityInterface(PluginCapabilityType type) override {
        if (type == PluginCapabilityType::kCORE) return static_cast<IPluginV3QuickCore*>(this);
        if (type == PluginCapabilityType::kBUILD) return static_cast<IPluginV3QuickBuild*>(this);
        return called_ ? static_cast<IPluginV3QuickRuntime*>(this) : nullptr;
    }
    IPluginV3* clone() override { return new QuickScale(factor_, called_); }
    AsciiChar const* getPluginName() const override { return "QuickScale"; }
    AsciiChar const* getPluginVersion() const override { return "1"; }
    AsciiChar const* getPluginNamespace() const override { return "quick"; }

    int32_t getOutputDataTypes(DataType* out, int32_t, DataType const* in, int32_t const* ranks,
                               int32_t) const override {
        out[0] = in[0];
        return ranks[0] == 2 ? 0 : 1;
    }
    int32_t getOutputShapes(DimsExprs const* in, int32_t, DimsExprs const*, int32_t, DimsExprs* out, int32_t,
                            IExprBuilder&) override {
        out[0] = in[0];
        return 0;
    }
    int32_t configurePlugin(DynamicPluginTensorDesc const*, int32_t, DynamicPluginTensorDesc const*, int32_t) override {
        return 0;
    }
    int32_t getNbSupportedFormatCombinations(DynamicPluginTensorDesc const*, int32_t, int32_t) override { return 2; }
    int32_t getSupportedFormatCombinations(DynamicPluginTensorDesc const*, int32_t, int32_t, PluginTensorDesc* out,
                                           int32_t) override {
        for (int i = 0; i < 4; ++i) {
            out[i].type = DataType::kFLOAT;
            out[i].format = i < 2 ? TensorFormat::kHWC : TensorFormat::kLINEAR;
        }
        return 0;
    }
    int32_t getNbOutputs() const override { return 1; }

    int32_t enqueue(PluginTensorDesc const* in, PluginTensorDesc const*, void const* const* inputs,
                    void* const* outputs, Dims64 const* inputStrides, Dims64 const* outputStrides, int32_t nbInputs,
                    int32_t nbOutputs, cudaStream_t) override {
        if (nbInputs != 1 || nbOutputs != 1 || inputStrides[0].d[1] != 1) return 3;
        for (int64_t i = 0; i < in[0].dims.d[0] * in[0].dims.d[1]; ++i) {
            static_cast<float*>(outputs[0])[i] =
                static_cast<float const*>(inputs[0])[i] * factor_ + static_cast<float>(outputStrides[0].d[0]);
        }
        return 0;
    }
    PluginFieldCollection const* getFieldsToSerialize() override {
        field_ = PluginField("factor", &factor_, PluginFieldType::kFLOAT32, 1);
        fields_ = {1, &field_};
        return &fields_;
    }

private:
    float factor_;
    bool called_;
    PluginField field_;
    PluginFieldCollection fields_{};
};
int QuickScale::objects = 0;

class QuickCreator final : public IPluginCreatorV3Quick {
public:
    IPluginV3* createPlugin(AsciiChar const* name, AsciiChar const* space, PluginFieldCollection const* fc,
                            TensorRTPhase phase, QuickPluginCreationRequest) override {
        made = std::string(space) + "::" + name + (phase == TensorRTPhase::kRUNTIME ? " to run" : " to build");
        return fc->nbFields == 1 ? new QuickScale(*static_cast<float const*>(fc->fields[0].data)) : nullptr;
    }
    PluginFieldCollection const* getFieldNames() override { return &none_; }
    AsciiChar const* getPluginName() const override { return "QuickScale"; }
    AsciiChar const* getPluginVersion() const override { return "1"; }
    AsciiChar const* getPluginNamespace() const override { return "quick"; }

    std::string made;

private:
    PluginFieldCollection none_{};
};

struct QuickNet {
    explicit QuickNet(bool called = true, DataType type = DataType::kFLOAT) {
        ITensor* x = &net.input<float>("x", {2, 3}, {1, 2, 3, 4, 5, 6});
        if (type != DataType::kFLOAT) x = net.network->addCast(*x, type)->getOutput(0);
        QuickScale plugin(2, called);
        IPluginV3Layer* layer = net.network->addPluginV3(&x, 1, nullptr, 0, plugin);
        if (!layer) return;
        ITensor* y = layer->getOutput(0);
        if (type != DataType::kFLOAT) y = net.network->addCast(*y, DataType::kFLOAT)->getOutput(0);
        net.output(y, "y");
    }
    LayerNet net;
};

TEST(QuickPlugins, RunFromAPlan) {
    QuickCreator creator;
    ASSERT_TRUE(getPluginRegistry()->registerCreator(creator, "quick"));
    for (const DataType type : {DataType::kFLOAT, DataType::kHALF}) {
        QuickNet quick(true, type);
        ASSERT_TRUE(quick.net.run()) << quick.net.logger.all();
        quick.net.expect("y", {5, 7, 9, 11, 13, 15});
        EXPECT_EQ(creator.made, "quick::QuickScale to run");
    }
    getPluginRegistry()->deregisterCreator(creator);
    EXPECT_EQ(QuickScale::objects, 0);
}

TEST(QuickPlugins, KernelsCompiledAheadAreRefused) {
    QuickNet quick(false);
    EXPECT_EQ(quick.net.network->getNbLayers(), 0);
    EXPECT_TRUE(quick.net.logger.error("QuickScale: the plugin only has kernels that were compiled ahead for GPUs"))
        << quick.net.logger.all();
    EXPECT_EQ(QuickScale::objects, 0);
}

}  // namespace
}  // namespace apitest
