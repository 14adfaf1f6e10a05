// SPDX-License-Identifier: Apache-2.0
// Plugins of generation 2 in Python: IPluginV2DynamicExt. Tested by tests/test_plugins.py.
#include <cstring>

#include "plugin_delegate.h"

namespace opentrt::python {
namespace {

using DescIn = PluginTensorDesc const*;
using RangeIn = DynamicPluginTensorDesc const*;

class PyV2 final : public IPluginV2DynamicExt {
public:
    explicit PyV2(nb::object object)
        : object_(object, static_cast<IPluginV2*>(this)),
          type_(attributeOf<std::string>(object, "plugin_type")),
          version_(attributeOf<std::string>(object, "plugin_version")),
          space_(attributeOr(object, "plugin_namespace", std::string())) {}
    ~PyV2() noexcept override = default;

    int32_t getTensorRTVersion() const override { return impl::pluginVersion(PluginVersion::kV2_DYNAMICEXT_PYTHON); }
    AsciiChar const* getPluginType() const override { return type_.c_str(); }
    AsciiChar const* getPluginVersion() const override { return version_.c_str(); }
    AsciiChar const* getPluginNamespace() const override { return space_.c_str(); }
    void setPluginNamespace(AsciiChar const* space) override {
        space_ = space != nullptr ? space : "";
        answered(self(), false, [&] {
            nb::setattr(self(), "plugin_namespace", nb::cast(space_));
            return true;
        });
    }
    int32_t getNbOutputs() const override {
        return answered(self(), -1, [&] { return attributeOf<int32_t>(self(), "num_outputs"); });
    }
    int32_t initialize() override {
        return answered(self(), -1, [&] { return statusOf(self(), "initialize"); });
    }
    void terminate() override { notifyPython(self(), "terminate"); }
    size_t getSerializationSize() const override {
        return answered(self(), size_t{0}, [&] {
            nb::object const state = self().attr("serialize")();
            if (nb::isinstance<nb::str>(state)) {
                state_ = nb::cast<std::string>(state);
            } else {
                nb::bytes const bytes(state);
                state_.assign(static_cast<char const*>(bytes.data()), bytes.size());
            }
            return state_.size();
        });
    }
    void serialize(void* buffer) const override { std::memcpy(buffer, state_.data(), state_.size()); }
    DataType getOutputDataType(int32_t index, DataType const* types, int32_t count) const override {
        return answered(self(), DataType::kFLOAT, [&] {
            return nb::cast<DataType>(self().attr("get_output_datatype")(index, copiesOf(types, count)));
        });
    }
    DimsExprs getOutputDimensions(int32_t index, DimsExprs const* in, int32_t count, IExprBuilder& builder) override {
        DimsExprs unknown{};
        unknown.nbDims = -1;
        return answered(self(), unknown, [&] {
            return nb::cast<DimsExprs>(self().attr("get_output_dimensions")(
                index, copiesOf(in, count), nb::cast(&builder, nb::rv_policy::reference)));
        });
    }
    bool supportsFormatCombination(int32_t position, DescIn inOut, int32_t ins, int32_t outs) override {
        ins_ = ins;
        outs_ = outs;
        return answered(self(), false, [&] {
            return nb::cast<bool>(
                self().attr("supports_format_combination")(position, copiesOf(inOut, ins + outs), ins));
        });
    }
    void configurePlugin(RangeIn in, int32_t ins, RangeIn out, int32_t outs) override {
        ins_ = ins;
        outs_ = outs;
        answered(self(), false, [&] {
            self().attr("configure_plugin")(copiesOf(in, ins), copiesOf(out, outs));
            return true;
        });
    }
    size_t getWorkspaceSize(DescIn in, int32_t ins, DescIn out, int32_t outs) const override {
        return answered(self(), size_t{0}, [&] {
            return nb::cast<size_t>(self().attr("get_workspace_size")(copiesOf(in, ins), copiesOf(out, outs)));
        });
    }
    int32_t enqueue(DescIn in, DescIn out, void const* const* inputs, void* const* outputs, void* workspace,
                    cudaStream_t stream) override {
        return answered(self(), -1, [&] {
            return statusOf(self(), "enqueue", copiesOf(in, ins_), copiesOf(out, outs_), addressesOf(inputs, ins_),
                            addressesOf(outputs, outs_), asAddress(workspace), asAddress(stream));
        });
    }
    IPluginV2DynamicExt* clone() const override {
        return answered(self(), static_cast<IPluginV2DynamicExt*>(nullptr), [&]() -> IPluginV2DynamicExt* {
            auto copy = std::make_unique<PyV2>(self().attr("clone")());
            copy->ins_ = ins_;
            copy->outs_ = outs_;
            return copy.release();
        });
    }
    void destroy() override {
        notifyPython(self(), "destroy");
        delete this;
    }

private:
    nb::handle self() const { return object_.get(); }

    PythonReference object_;
    std::string type_, version_, space_;
    mutable std::string state_;   // of the last getSerializationSize(), which always comes before serialize()
    int32_t ins_ = 0, outs_ = 0;  // enqueue() does not tell them
};

IPluginV2* nativeV2(nb::handle plugin) {
    IPluginV2* own = nullptr;
    return nb::try_cast(plugin, own, false) ? own : nullptr;
}

void checkV2(nb::handle plugin) {
    if (!nb::isinstance(plugin, nb::module_::import_("tensorrt").attr("IPluginV2DynamicExt"))) {
        throw nb::type_error("not an IPluginV2DynamicExt");
    }
}

}  // namespace

std::shared_ptr<IPluginV2> borrowV2(nb::handle plugin) {
    if (IPluginV2* own = nativeV2(plugin)) return {own, [](IPluginV2*) {}};
    checkV2(plugin);
    return std::make_shared<PyV2>(nb::borrow(plugin));
}

IPluginV2* ownedV2(nb::object plugin) {
    if (plugin.is_none()) return nullptr;
    if (IPluginV2* own = nativeV2(plugin)) return own->clone();
    checkV2(plugin);
    return new PyV2(std::move(plugin));
}

nb::object castPlugin(IPluginV2& plugin, nb::handle owner) {
    nb::object known = pythonOf(&plugin);
    if (!known.is_none()) return known;
    return nb::cast(&plugin, nb::rv_policy::reference_internal, owner);
}

}  // namespace opentrt::python
