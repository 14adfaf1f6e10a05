// SPDX-License-Identifier: Apache-2.0
// Plugins that Python functions declare, called back at run time: as generation 3, but formats are listed instead of
// tried, and there is neither workspace nor a context to attach to. Tested by plugin_quick_test.cpp of tests/api.
#include "base/error.h"
#include "impl/NvInferPythonPlugin.h"
#include "plugin/expressions.h"
#include "plugin/fields.h"
#include "plugin/instance.h"

namespace opentrt::plugin {

using namespace nvinfer1;  // NOLINT: this room speaks the API's language

namespace {

int32_t count(size_t size) {
    return static_cast<int32_t>(size);
}

//! Elements between neighbours along each dimension of row-major tensors.
std::vector<Dims64> stridesOf(const Signature& s, size_t first, size_t end) {
    std::vector<Dims64> all;
    for (size_t i = first; i < end; ++i) {
        const std::vector<int64_t>& dims = s.tensors[i].dims;
        Dims64& strides = all.emplace_back();
        strides.nbDims = count(dims.size());
        int64_t step = 1;
        for (size_t d = dims.size(); d-- > 0; step *= dims[d]) strides.d[d] = step;
    }
    return all;
}

class Quick final : public Instance {
public:
    explicit Quick(IPluginV3* plugin) : plugin_(plugin) {
        const auto& core = capability<IPluginV3QuickCore>(PluginCapabilityType::kCORE);
        const auto text = [](const char* t) { return t ? std::string(t) : std::string(); };
        identity_ = {"V3Quick", text(core.getPluginName()), text(core.getPluginVersion()),
                     text(core.getPluginNamespace())};
        if (!plugin->getCapabilityInterface(PluginCapabilityType::kRUNTIME)) {
            throw Error(ErrorCode::Unsupported, identity_.name,
                        "the plugin only has kernels that were compiled ahead for GPUs, which this version of OpenTRT "
                        "does not run; give it an implementation that is called at run time");
        }
    }
    int outputs() const override { return build().getNbOutputs(); }
    bool takesDynamicShapes() const override { return true; }
    OutputShapes shapes(const std::vector<Shape>& inputs, const std::vector<Shape>& shapeInputs) override {
        Expressions builder;
        std::vector<DimsExprs> dims, values, out(static_cast<size_t>(outputs()), DimsExprs{});
        ranks_.clear();
        for (const Shape& shape : inputs) {
            dims.push_back(builder.make(shape));
            ranks_.push_back(count(shape.size()));
        }
        for (const Shape& shape : shapeInputs) values.push_back(builder.make(shape));
        require(build().getOutputShapes(dims.data(), count(dims.size()), values.data(), count(values.size()),
                                        out.data(), outputs(), builder),
                "getOutputShapes");
        OutputShapes result;
        for (const DimsExprs& d : out) result.shapes.push_back(Expressions::shapeOf(d));
        result.sizes = builder.sizeTensors();
        return result;
    }
    std::vector<DType> types(const std::vector<DType>& inputs) const override {
        std::vector<DataType> given, out(static_cast<size_t>(outputs()));
        for (const DType t : inputs) given.push_back(static_cast<DataType>(t));
        std::vector<int32_t> ranks = ranks_;
        ranks.resize(given.size());
        require(build().getOutputDataTypes(out.data(), outputs(), given.data(), ranks.data(), count(given.size())),
                "getOutputDataTypes");
        std::vector<DType> types;
        for (const DataType t : out) types.push_back(static_cast<DType>(t));
        return types;
    }
    //! Whether some combination has the types of the tensors up to `position`, all of them row-major.
    bool supports(int position, const Signature& s) override {
        const RangeArray all(DimsLayout::Wide, s, 0, s.tensors.size());
        const int32_t in = count(s.inputs), out = count(s.outputs());
        const int32_t combinations = build().getNbSupportedFormatCombinations(all.data(), in, out);
        if (combinations <= 0) return false;
        std::vector<PluginTensorDesc> list(static_cast<size_t>(combinations) * s.tensors.size());
        require(build().getSupportedFormatCombinations(all.data(), in, out, list.data(), combinations),
                "getSupportedFormatCombinations");
        const auto fits = [&](const PluginTensorDesc* tensors) {
            for (size_t i = 0; i <= static_cast<size_t>(position); ++i) {
                if (tensors[i].type != static_cast<DataType>(s.tensors[i].type)) return false;
                if (tensors[i].format != TensorFormat::kLINEAR) return false;
            }
            return true;
        };
        for (size_t at = 0; at < list.size(); at += s.tensors.size()) {
            if (fits(list.data() + at)) return true;
        }
        return false;
    }
    void configure(const Signature& s) override {
        const RangeArray in(DimsLayout::Wide, s, 0, s.inputs), out(DimsLayout::Wide, s, s.inputs, s.outputs());
        require(build().configurePlugin(in.data(), count(s.inputs), out.data(), count(s.outputs())), "configurePlugin");
    }
    int64_t tacticAtBuild() override {
        const int32_t tactics = build().getNbTactics();
        if (tactics <= 0) return 0;
        std::vector<int32_t> list(static_cast<size_t>(tactics));
        require(build().getValidTactics(list.data(), tactics), "getValidTactics");
        return list.front();
    }
    int aliasedInput(int output) override { return build().getAliasedInput(output); }
    std::vector<char> serialize() override {
        const PluginFieldCollection* fields = runtime().getFieldsToSerialize();
        return fields ? writeFields(*fields) : writeFields({});
    }
    std::shared_ptr<Instance> clone() override {
        IPluginV3* copy = plugin_->clone();
        requireObject(copy, "clone");
        return quickInstanceOf(copy);
    }
    std::shared_ptr<Instance> forContext(const std::shared_ptr<const Resources>&) override { return clone(); }
    void setTactic(int64_t tactic) override {
        if (tactic != 0) require(runtime().setTactic(static_cast<int32_t>(tactic)), "setTactic");
    }
    int32_t enqueue(const Signature& s, const void* const* inputs, void* const* outputs, void*,
                    cudaStream_t stream) override {
        const DescArray in(DimsLayout::Wide, s, 0, s.inputs), out(DimsLayout::Wide, s, s.inputs, s.outputs());
        const std::vector<Dims64> inStrides = stridesOf(s, 0, s.inputs),
                                  outStrides = stridesOf(s, s.inputs, s.tensors.size());
        return runtime().enqueue(in.data(), out.data(), inputs, outputs, inStrides.data(), outStrides.data(),
                                 count(s.inputs), count(s.outputs()), stream);
    }

private:
    template <class Capability>
    Capability& capability(PluginCapabilityType type) const {
        auto* found = plugin_->getCapabilityInterface(type);
        requireObject(found, "getCapabilityInterface");
        return static_cast<Capability&>(*found);
    }
    IPluginV3QuickBuild& build() const { return capability<IPluginV3QuickBuild>(PluginCapabilityType::kBUILD); }
    IPluginV3QuickRuntime& runtime() const { return capability<IPluginV3QuickRuntime>(PluginCapabilityType::kRUNTIME); }

    std::unique_ptr<IPluginV3> plugin_;
    std::vector<int32_t> ranks_;  //!< of the inputs that shapes() saw last
};

}  // namespace

std::shared_ptr<Instance> quickInstanceOf(IPluginV3* plugin) {
    return std::make_shared<Quick>(plugin);
}

}  // namespace opentrt::plugin
