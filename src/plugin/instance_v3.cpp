// SPDX-License-Identifier: Apache-2.0
// Plugins of generation 3: capabilities for identity, build and execution, and a list of typed fields as their state.
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "plugin/expressions.h"
#include "plugin/fields.h"
#include "plugin/instance.h"

namespace opentrt::plugin {

using namespace nvinfer1;  // NOLINT: this room speaks the API's language

namespace {

class ContextResources final : public IPluginResourceContext {
public:
    explicit ContextResources(std::shared_ptr<const Resources> resources) : resources_(std::move(resources)) {}
    IGpuAllocator* getGpuAllocator() const noexcept override { return resources_->allocator; }
    IErrorRecorder* getErrorRecorder() const noexcept override { return resources_->recorder; }

private:
    std::shared_ptr<const Resources> resources_;
};

DimsExprs noDims() {
    return DimsExprs{};
}

class V3 final : public Instance {
public:
    explicit V3(IPluginV3* plugin, std::unique_ptr<ContextResources> context = nullptr)
        : context_(std::move(context)), plugin_(plugin) {
        auto* core = static_cast<IPluginV3OneCore*>(plugin->getCapabilityInterface(PluginCapabilityType::kCORE));
        requireObject(core, "getCapabilityInterface(kCORE)");
        const auto text = [](const char* t) { return t ? std::string(t) : std::string(); };
        identity_ = {"V3", text(core->getPluginName()), text(core->getPluginVersion()),
                     text(core->getPluginNamespace())};
    }
    int outputs() const override { return build().getNbOutputs(); }
    bool takesDynamicShapes() const override { return true; }
    OutputShapes shapes(const std::vector<Shape>& inputs, const std::vector<Shape>& shapeInputs) override {
        Expressions builder;
        std::vector<DimsExprs> dims, values, out(static_cast<size_t>(outputs()), noDims());
        for (const Shape& shape : inputs) dims.push_back(builder.make(shape));
        for (const Shape& shape : shapeInputs) values.push_back(builder.make(shape));
        require(build().getOutputShapes(dims.data(), static_cast<int32_t>(dims.size()), values.data(),
                                        static_cast<int32_t>(values.size()), out.data(), outputs(), builder),
                "getOutputShapes");
        OutputShapes result;
        for (const DimsExprs& d : out) result.shapes.push_back(Expressions::shapeOf(d));
        result.sizes = builder.sizeTensors();
        return result;
    }
    std::vector<DType> types(const std::vector<DType>& inputs) const override {
        std::vector<DataType> given, out(static_cast<size_t>(outputs()));
        for (const DType t : inputs) given.push_back(static_cast<DataType>(t));
        require(build().getOutputDataTypes(out.data(), outputs(), given.data(), static_cast<int32_t>(given.size())),
                "getOutputDataTypes");
        std::vector<DType> types;
        for (const DataType t : out) types.push_back(static_cast<DType>(t));
        return types;
    }
    bool supports(int position, const Signature& s) override {
        const RangeArray all(DimsLayout::Wide, s, 0, s.tensors.size());
        return build().supportsFormatCombination(position, all.data(), static_cast<int32_t>(s.inputs),
                                                 static_cast<int32_t>(s.outputs()));
    }
    void configure(const Signature& s) override {
        const RangeArray in(DimsLayout::Wide, s, 0, s.inputs), out(DimsLayout::Wide, s, s.inputs, s.outputs());
        require(build().configurePlugin(in.data(), static_cast<int32_t>(s.inputs), out.data(),
                                        static_cast<int32_t>(s.outputs())),
                "configurePlugin");
    }
    int64_t workspaceAtBuild(const Signature& s) override {
        const RangeArray in(DimsLayout::Wide, s, 0, s.inputs), out(DimsLayout::Wide, s, s.inputs, s.outputs());
        return static_cast<int64_t>(build().getWorkspaceSize(in.data(), static_cast<int32_t>(s.inputs), out.data(),
                                                             static_cast<int32_t>(s.outputs())));
    }
    //! The plugin's own preference; its tactics are not timed. 0 is the tactic of a plugin without any.
    int64_t tacticAtBuild() override {
        const int32_t count = build().getNbTactics();
        if (count <= 0) return 0;
        std::vector<int32_t> tactics(static_cast<size_t>(count));
        require(build().getValidTactics(tactics.data(), count), "getValidTactics");
        return tactics.front();
    }
    int aliasedInput(int output) override {
        IPluginV3OneBuild& capability = build();
        if (capability.getInterfaceInfo().major < 2) return -1;
        return static_cast<IPluginV3OneBuildV2&>(capability).getAliasedInput(output);
    }
    std::vector<char> serialize() override {
        const PluginFieldCollection* fields = runtime().getFieldsToSerialize();
        return fields ? writeFields(*fields) : writeFields({});
    }
    std::shared_ptr<Instance> clone() override {
        IPluginV3* copy = plugin_->clone();
        requireObject(copy, "clone");
        return instanceOf(copy);
    }
    std::shared_ptr<Instance> forContext(const std::shared_ptr<const Resources>& resources) override {
        auto context = std::make_unique<ContextResources>(resources);
        IPluginV3* copy = runtime().attachToContext(context.get());
        requireObject(copy, "attachToContext");
        return std::make_shared<V3>(copy, std::move(context));
    }
    void setTactic(int64_t tactic) override {
        if (tactic != 0) require(runtime().setTactic(static_cast<int32_t>(tactic)), "setTactic");
    }
    void setShapes(const Signature& s) override {
        const DescArray in(DimsLayout::Wide, s, 0, s.inputs), out(DimsLayout::Wide, s, s.inputs, s.outputs());
        require(runtime().onShapeChange(in.data(), static_cast<int32_t>(s.inputs), out.data(),
                                        static_cast<int32_t>(s.outputs())),
                "onShapeChange");
    }
    int32_t enqueue(const Signature& s, const void* const* inputs, void* const* outputs, void* workspace,
                    cudaStream_t stream) override {
        const DescArray in(DimsLayout::Wide, s, 0, s.inputs), out(DimsLayout::Wide, s, s.inputs, s.outputs());
        return runtime().enqueue(in.data(), out.data(), inputs, outputs, workspace, stream);
    }

private:
    IPluginV3OneBuild& build() const {
        auto* capability = plugin_->getCapabilityInterface(PluginCapabilityType::kBUILD);
        requireObject(capability, "getCapabilityInterface(kBUILD)");
        return static_cast<IPluginV3OneBuild&>(*capability);
    }
    IPluginV3OneRuntime& runtime() const {
        auto* capability = plugin_->getCapabilityInterface(PluginCapabilityType::kRUNTIME);
        requireObject(capability, "getCapabilityInterface(kRUNTIME)");
        return static_cast<IPluginV3OneRuntime&>(*capability);
    }

    std::unique_ptr<ContextResources> context_;  // outlives the plugin
    std::unique_ptr<IPluginV3> plugin_;
};

}  // namespace

std::shared_ptr<Instance> instanceOf(IPluginV3* plugin) {
    const IPluginCapability* core = plugin->getCapabilityInterface(PluginCapabilityType::kCORE);
    if (core && std::string_view(core->getInterfaceInfo().kind) == "PLUGIN_V3QUICK_CORE")
        return quickInstanceOf(plugin);
    return std::make_shared<V3>(plugin);
}

}  // namespace opentrt::plugin
