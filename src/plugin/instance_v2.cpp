// SPDX-License-Identifier: Apache-2.0
// Plugins of generation 2 and 1: IPluginV2, IPluginV2Ext, IPluginV2IOExt and IPluginV2DynamicExt; IPlugin and
// IPluginExt. They differ in how they are asked; what all of generation 2 share stands in V2Base.
#include <cstring>

#include "base/error.h"
#include "plugin/expressions.h"
#include "plugin/instance.h"

namespace opentrt::plugin {

using namespace nvinfer1;  // NOLINT: this room speaks the API's language

namespace {

template <class Ask>
std::vector<Shape> staticShapes(int count, DimsLayout layout, const std::vector<Shape>& inputs, const Ask& ask) {
    std::vector<std::vector<int64_t>> dims;
    for (const Shape& shape : inputs) dims.push_back(staticDims(shape));
    const DimsArray array(layout, dims);
    std::vector<Shape> shapes;
    for (int o = 0; o < count; ++o) {
        shapes.push_back(shapeOf(readDims(layout, ask(o, array.data(), static_cast<int32_t>(dims.size())))));
    }
    return shapes;
}

template <class Plugin>
std::vector<char> bytesOf(Plugin& plugin) {
    std::vector<char> bytes(plugin.getSerializationSize());
    plugin.serialize(bytes.data());
    return bytes;
}

std::vector<DataType> typesOf(const Signature& s, size_t first, size_t count) {
    std::vector<DataType> types;
    for (size_t i = 0; i < count; ++i) types.push_back(static_cast<DataType>(s.tensors[first + i].type));
    return types;
}

//! The one type that plugins without a type per tensor compute in.
DataType commonType(const Signature& s) {
    return static_cast<DataType>(s.tensors.front().type);
}

int32_t batchOf(const Signature& s) {
    return s.implicitBatch ? static_cast<int32_t>(s.tensors.front().dims.front()) : 1;
}

class V2Base : public Instance {
public:
    V2Base(IPluginV2* plugin, DimsLayout layout) : plugin_(plugin), layout_(layout) {
        const auto text = [](const char* t) { return t ? std::string(t) : std::string(); };
        identity_ = {"V2", text(plugin->getPluginType()), text(plugin->getPluginVersion()),
                     text(plugin->getPluginNamespace())};
    }
    ~V2Base() override {
        if (attached_) static_cast<IPluginV2Ext*>(plugin_)->detachFromContext();
        if (initialized_) plugin_->terminate();
        plugin_->destroy();
    }
    int outputs() const override { return plugin_->getNbOutputs(); }
    OutputShapes shapes(const std::vector<Shape>& inputs, const std::vector<Shape>&) override {
        return {
            staticShapes(outputs(), layout_, inputs,
                         [&](int o, const Dims* dims, int32_t n) { return plugin_->getOutputDimensions(o, dims, n); }),
            {}};
    }
    std::vector<char> serialize() override { return bytesOf(*plugin_); }
    std::shared_ptr<Instance> clone() override {
        IPluginV2* copy = plugin_->clone();
        requireObject(copy, "clone");
        copy->setPluginNamespace(identity_.space.c_str());
        return instanceOf(copy);
    }
    void initialize() override {
        require(plugin_->initialize(), "initialize");
        initialized_ = true;
    }
    //! Clones share what the engine's object initialized; they are not initialized themselves.
    std::shared_ptr<Instance> forContext(const std::shared_ptr<const Resources>& resources) override {
        const auto copy = std::static_pointer_cast<V2Base>(clone());
        copy->attach(*resources);
        return copy;
    }
    int64_t workspace(const Signature& s) override {
        return static_cast<int64_t>(plugin_->getWorkspaceSize(s.implicitBatch ? s.maxBatch : 1));
    }
    int32_t enqueue(const Signature& s, const void* const* inputs, void* const* outputs, void* workspace,
                    cudaStream_t stream) override {
        return plugin_->enqueue(batchOf(s), inputs, outputs, workspace, stream);
    }

protected:
    void attach(const Resources& resources) {
        if (!hasContexts()) return;
        static_cast<IPluginV2Ext*>(plugin_)->attachToContext(nullptr, nullptr, resources.allocator);
        attached_ = true;
    }
    virtual bool hasContexts() const { return true; }
    DimsArray dimsOf(const Signature& s, bool inputs) const {
        return DimsArray(layout_, s, inputs ? 0 : s.inputs, inputs ? s.inputs : s.outputs());
    }

    IPluginV2* plugin_;
    DimsLayout layout_;

private:
    bool initialized_ = false, attached_ = false;
};

//! IPluginV2: all tensors have the type of the first.
class V2Plain final : public V2Base {
public:
    using V2Base::V2Base;
    std::vector<DType> types(const std::vector<DType>& inputs) const override {
        return std::vector<DType>(static_cast<size_t>(outputs()), inputs.empty() ? DType::F32 : inputs.front());
    }
    bool supports(int position, const Signature& s) override {
        const auto& tensor = s.tensors[static_cast<size_t>(position)];
        return tensor.type == s.tensors.front().type && plugin_->supportsFormat(commonType(s), PluginFormat::kLINEAR);
    }
    void configure(const Signature& s) override {
        const DimsArray in = dimsOf(s, true), out = dimsOf(s, false);
        plugin_->configureWithFormat(in.data(), static_cast<int32_t>(s.inputs), out.data(),
                                     static_cast<int32_t>(s.outputs()), commonType(s), PluginFormat::kLINEAR,
                                     s.maxBatch);
    }

private:
    bool hasContexts() const override { return false; }
};

class V2Ext : public V2Base {
public:
    using V2Base::V2Base;
    std::vector<DType> types(const std::vector<DType>& inputs) const override {
        std::vector<DataType> given;
        for (const DType t : inputs) given.push_back(static_cast<DataType>(t));
        std::vector<DType> types;
        for (int o = 0; o < outputs(); ++o) {
            types.push_back(
                static_cast<DType>(ext().getOutputDataType(o, given.data(), static_cast<int32_t>(given.size()))));
        }
        return types;
    }
    bool supports(int position, const Signature& s) override {
        return plugin_->supportsFormat(static_cast<DataType>(s.tensors[static_cast<size_t>(position)].type),
                                       PluginFormat::kLINEAR);
    }
    void configure(const Signature& s) override {
        const DimsArray in = dimsOf(s, true), out = dimsOf(s, false);
        const auto inTypes = typesOf(s, 0, s.inputs), outTypes = typesOf(s, s.inputs, s.outputs());
        const auto none = std::make_unique<bool[]>(s.tensors.size());  // nothing is broadcast across the batch
        ext().configurePlugin(in.data(), static_cast<int32_t>(s.inputs), out.data(), static_cast<int32_t>(s.outputs()),
                              inTypes.data(), outTypes.data(), none.get(), none.get(), PluginFormat::kLINEAR,
                              s.maxBatch);
    }

protected:
    IPluginV2Ext& ext() const { return static_cast<IPluginV2Ext&>(*plugin_); }
};

class V2IoExt final : public V2Ext {
public:
    using V2Ext::V2Ext;
    bool supports(int position, const Signature& s) override {
        const DescArray all(layout_, s, 0, s.tensors.size());
        return io().supportsFormatCombination(position, all.data(), static_cast<int32_t>(s.inputs),
                                              static_cast<int32_t>(s.outputs()));
    }
    void configure(const Signature& s) override {
        const DescArray in(layout_, s, 0, s.inputs), out(layout_, s, s.inputs, s.outputs());
        io().configurePlugin(in.data(), static_cast<int32_t>(s.inputs), out.data(), static_cast<int32_t>(s.outputs()));
    }

private:
    IPluginV2IOExt& io() const { return static_cast<IPluginV2IOExt&>(*plugin_); }
};

class V2Dynamic final : public V2Ext {
public:
    using V2Ext::V2Ext;
    bool takesDynamicShapes() const override { return true; }
    OutputShapes shapes(const std::vector<Shape>& inputs, const std::vector<Shape>&) override {
        Expressions builder;
        std::vector<DimsExprs> dims;
        for (const Shape& shape : inputs) dims.push_back(builder.make(shape));
        OutputShapes result;
        for (int o = 0; o < outputs(); ++o) {
            result.shapes.push_back(Expressions::shapeOf(
                dynamic().getOutputDimensions(o, dims.data(), static_cast<int32_t>(dims.size()), builder)));
        }
        return result;
    }
    bool supports(int position, const Signature& s) override {
        const DescArray all(layout_, s, 0, s.tensors.size());
        return dynamic().supportsFormatCombination(position, all.data(), static_cast<int32_t>(s.inputs),
                                                   static_cast<int32_t>(s.outputs()));
    }
    void configure(const Signature& s) override {
        const RangeArray in(layout_, s, 0, s.inputs), out(layout_, s, s.inputs, s.outputs());
        dynamic().configurePlugin(in.data(), static_cast<int32_t>(s.inputs), out.data(),
                                  static_cast<int32_t>(s.outputs()));
    }
    void setShapes(const Signature& s) override { configure(s); }
    int64_t workspace(const Signature& s) override {
        const DescArray in(layout_, s, 0, s.inputs), out(layout_, s, s.inputs, s.outputs());
        return static_cast<int64_t>(dynamic().getWorkspaceSize(in.data(), static_cast<int32_t>(s.inputs), out.data(),
                                                               static_cast<int32_t>(s.outputs())));
    }
    int32_t enqueue(const Signature& s, const void* const* inputs, void* const* outputs, void* workspace,
                    cudaStream_t stream) override {
        const DescArray in(layout_, s, 0, s.inputs), out(layout_, s, s.inputs, s.outputs());
        return dynamic().enqueue(in.data(), out.data(), inputs, outputs, workspace, stream);
    }

private:
    IPluginV2DynamicExt& dynamic() const { return static_cast<IPluginV2DynamicExt&>(*plugin_); }
};

//! The first generation: no names, no copies; the application owns the object.
class V1 final : public Instance, public std::enable_shared_from_this<V1> {
public:
    V1(IPlugin& plugin, bool ext, DimsLayout layout) : plugin_(plugin), ext_(ext), layout_(layout) {
        identity_ = {"IPlugin", ext ? "IPluginExt" : "IPlugin", "", ""};
    }
    ~V1() override {
        if (initialized_) plugin_.terminate();
    }
    int outputs() const override { return plugin_.getNbOutputs(); }
    OutputShapes shapes(const std::vector<Shape>& inputs, const std::vector<Shape>&) override {
        return {
            staticShapes(outputs(), layout_, inputs,
                         [&](int o, const Dims* dims, int32_t n) { return plugin_.getOutputDimensions(o, dims, n); }),
            {}};
    }
    std::vector<DType> types(const std::vector<DType>&) const override {
        return std::vector<DType>(static_cast<size_t>(outputs()), DType::F32);
    }
    bool supports(int position, const Signature& s) override {
        const DType type = s.tensors[static_cast<size_t>(position)].type;
        if (type != s.tensors.front().type) return false;
        if (!ext_) return type == DType::F32;
        return asExt().supportsFormat(static_cast<DataType>(type), PluginFormat::kLINEAR);
    }
    void configure(const Signature& s) override {
        const DimsArray in(layout_, s, 0, s.inputs), out(layout_, s, s.inputs, s.outputs());
        const auto ins = static_cast<int32_t>(s.inputs), outs = static_cast<int32_t>(s.outputs());
        if (ext_) {
            asExt().configureWithFormat(in.data(), ins, out.data(), outs, commonType(s), PluginFormat::kLINEAR,
                                        s.maxBatch);
        } else {
            plugin_.configure(in.data(), ins, out.data(), outs, s.maxBatch);
        }
    }
    std::vector<char> serialize() override { return bytesOf(plugin_); }
    std::shared_ptr<Instance> clone() override { return shared_from_this(); }
    void initialize() override {
        if (initialized_) return;
        require(plugin_.initialize(), "initialize");
        initialized_ = true;
    }
    std::shared_ptr<Instance> forContext(const std::shared_ptr<const Resources>&) override { return clone(); }
    int64_t workspace(const Signature& s) override {
        return static_cast<int64_t>(plugin_.getWorkspaceSize(s.implicitBatch ? s.maxBatch : 1));
    }
    int32_t enqueue(const Signature& s, const void* const* inputs, void* const* outputs, void* workspace,
                    cudaStream_t stream) override {
        return plugin_.enqueue(batchOf(s), inputs, const_cast<void**>(outputs), workspace, stream);
    }

private:
    IPluginExt& asExt() const { return static_cast<IPluginExt&>(plugin_); }

    IPlugin& plugin_;
    bool ext_;
    DimsLayout layout_;
    bool initialized_ = false;
};

}  // namespace

void Instance::require(int32_t status, const char* call) const {
    if (status == 0) return;
    throw Error(ErrorCode::FailedInitialization, "",
                cat(call, " of the plugin ", identity_.name, " answered ", status, " instead of 0"));
}

void Instance::requireObject(const void* object, const char* call) const {
    if (object) return;
    throw Error(ErrorCode::FailedInitialization, "",
                cat(call, " of the plugin ", identity_.name, " answered no object"));
}

std::shared_ptr<Instance> instanceOf(IPluginV2* plugin) {
    const auto version = static_cast<uint32_t>(plugin->getTensorRTVersion());
    const DimsLayout layout = layoutOf(static_cast<int32_t>(version));
    // A plugin in Python says so by a bit of the kind.
    const auto kind = static_cast<PluginVersion>((version >> 24U) & ~static_cast<uint32_t>(kPLUGIN_VERSION_PYTHON_BIT));
    switch (kind) {
        case PluginVersion::kV2_EXT:
            return std::make_shared<V2Ext>(plugin, layout);
        case PluginVersion::kV2_IOEXT:
            return std::make_shared<V2IoExt>(plugin, layout);
        case PluginVersion::kV2_DYNAMICEXT:
            return std::make_shared<V2Dynamic>(plugin, layout);
        default:
            return std::make_shared<V2Plain>(plugin, layout);
    }
}

std::shared_ptr<Instance> instanceOf(IPlugin& plugin, bool ext, DimsLayout layout) {
    return std::make_shared<V1>(plugin, ext, layout);
}

}  // namespace opentrt::plugin
