// SPDX-License-Identifier: Apache-2.0
// Plugins of generation 3 in Python: one object with three capabilities, which usually are that object too.
// Tested by tests/test_plugins.py.
#include "plugin_delegate.h"

namespace opentrt::python {
namespace {

using DescIn = PluginTensorDesc const*;
using RangeIn = DynamicPluginTensorDesc const*;

// What all capabilities share. Names are read once, for the library keeps the pointers.
template <typename Base>
class Part : public Base {
public:
    explicit Part(nb::object object) : object_(std::move(object), this) {}
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }

protected:
    nb::handle self() const { return object_.get(); }

private:
    PythonReference object_;
};

class Core final : public Part<IPluginV3OneCore> {
public:
    explicit Core(nb::object object)
        : Part(object),
          name_(attributeOf<std::string>(object, "plugin_name")),
          version_(attributeOf<std::string>(object, "plugin_version")),
          space_(attributeOr(object, "plugin_namespace", std::string())) {}
    AsciiChar const* getPluginName() const override { return name_.c_str(); }
    AsciiChar const* getPluginVersion() const override { return version_.c_str(); }
    AsciiChar const* getPluginNamespace() const override { return space_.c_str(); }

private:
    std::string name_, version_, space_;
};

class Build final : public Part<IPluginV3OneBuildV2> {
public:
    explicit Build(nb::object object)
        : Part(object),
          timingId_(attributeOr(object, "timing_cache_id", std::string())),
          metadata_(attributeOr(object, "metadata_string", std::string())) {}
    int32_t configurePlugin(RangeIn in, int32_t ins, RangeIn out, int32_t outs) override {
        return answered(self(), -1,
                        [&] { return statusOf(self(), "configure_plugin", copiesOf(in, ins), copiesOf(out, outs)); });
    }
    int32_t getOutputDataTypes(DataType* out, int32_t outs, DataType const* in, int32_t ins) const override {
        return answered(self(), -1, [&] {
            nb::object const types = self().attr("get_output_data_types")(copiesOf(in, ins));
            return fillFrom(types, out, outs, "get_output_data_types");
        });
    }
    int32_t getOutputShapes(DimsExprs const* in, int32_t ins, DimsExprs const* values, int32_t count, DimsExprs* out,
                            int32_t outs, IExprBuilder& builder) override {
        return answered(self(), -1, [&] {
            nb::object const shapes = self().attr("get_output_shapes")(copiesOf(in, ins), copiesOf(values, count),
                                                                       nb::cast(&builder, nb::rv_policy::reference));
            return fillFrom(shapes, out, outs, "get_output_shapes");
        });
    }
    bool supportsFormatCombination(int32_t position, RangeIn inOut, int32_t ins, int32_t outs) override {
        return answered(self(), false, [&] {
            return nb::cast<bool>(
                self().attr("supports_format_combination")(position, copiesOf(inOut, ins + outs), ins));
        });
    }
    int32_t getNbOutputs() const override {
        return answered(self(), -1, [&] { return attributeOf<int32_t>(self(), "num_outputs"); });
    }
    size_t getWorkspaceSize(RangeIn in, int32_t ins, RangeIn out, int32_t outs) const override {
        return answered(self(), size_t{0}, [&]() -> size_t {
            if (!nb::hasattr(self(), "get_workspace_size")) return 0;
            return nb::cast<size_t>(self().attr("get_workspace_size")(copiesOf(in, ins), copiesOf(out, outs)));
        });
    }
    int32_t getNbTactics() override {
        return answered(self(), 0, [&]() -> int32_t {
            tactics_.clear();
            if (nb::hasattr(self(), "get_valid_tactics")) {
                tactics_ = nb::cast<std::vector<int32_t>>(self().attr("get_valid_tactics")());
            }
            return static_cast<int32_t>(tactics_.size());
        });
    }
    int32_t getValidTactics(int32_t* tactics, int32_t count) override {
        for (int32_t i = 0; i < count; ++i) tactics[i] = tactics_.at(static_cast<size_t>(i));
        return 0;
    }
    char const* getTimingCacheID() override { return timingId_.empty() ? nullptr : timingId_.c_str(); }
    int32_t getFormatCombinationLimit() override {
        return answered(self(), kDEFAULT_FORMAT_COMBINATION_LIMIT, [&] {
            return attributeOr<int32_t>(self(), "format_combination_limit", kDEFAULT_FORMAT_COMBINATION_LIMIT);
        });
    }
    char const* getMetadataString() override { return metadata_.empty() ? nullptr : metadata_.c_str(); }
    int32_t getAliasedInput(int32_t output) override {
        return answered(self(), -1, [&]() -> int32_t {
            if (!nb::hasattr(self(), "get_aliased_input")) return -1;
            return nb::cast<int32_t>(self().attr("get_aliased_input")(output));
        });
    }

private:
    std::string timingId_, metadata_;
    std::vector<int32_t> tactics_;  // of the last getNbTactics(), which always comes before
};

class Runtime final : public Part<IPluginV3OneRuntime> {
public:
    using Part::Part;
    int32_t setTactic(int32_t tactic) override {
        return answered(self(), -1, [&] { return statusOf(self(), "set_tactic", tactic); });
    }
    int32_t onShapeChange(DescIn in, int32_t ins, DescIn out, int32_t outs) override {
        ins_ = ins;
        outs_ = outs;
        return answered(self(), -1,
                        [&] { return statusOf(self(), "on_shape_change", copiesOf(in, ins), copiesOf(out, outs)); });
    }
    int32_t enqueue(DescIn in, DescIn out, void const* const* inputs, void* const* outputs, void* workspace,
                    cudaStream_t stream) override {
        return answered(self(), -1, [&] {
            return statusOf(self(), "enqueue", copiesOf(in, ins_), copiesOf(out, outs_), addressesOf(inputs, ins_),
                            addressesOf(outputs, outs_), asAddress(workspace), asAddress(stream));
        });
    }
    IPluginV3* attachToContext(IPluginResourceContext* context) override {
        return answered(self(), static_cast<IPluginV3*>(nullptr), [&] {
            return ownedV3(self().attr("attach_to_context")(nb::cast(context, nb::rv_policy::reference)));
        });
    }
    PluginFieldCollection const* getFieldsToSerialize() override {
        return answered(self(), static_cast<PluginFieldCollection const*>(nullptr), [&] {
            fields_ = nb::cast<FieldList>(self().attr("get_fields_to_serialize")());
            views_ = std::make_unique<FieldViews>(fields_);
            return views_->get();
        });
    }

private:
    int32_t ins_ = 0, outs_ = 0;  // enqueue() does not tell them; onShapeChange() always comes before
    FieldList fields_;
    std::unique_ptr<FieldViews> views_;
};

class PyV3 final : public IPluginV3 {
public:
    explicit PyV3(nb::object object) : object_(std::move(object), this) {}
    IPluginCapability* getCapabilityInterface(PluginCapabilityType type) override {
        auto& part = parts_[static_cast<size_t>(type)];
        if (part) return part.get();
        return answered(object_.get(), static_cast<IPluginCapability*>(nullptr), [&]() -> IPluginCapability* {
            nb::object const capability = object_.get().attr("get_capability_interface")(type);
            if (!capability.is_none()) part = make(type, capability);
            return part.get();
        });
    }
    IPluginV3* clone() override {
        return answered(object_.get(), static_cast<IPluginV3*>(nullptr),
                        [&] { return ownedV3(object_.get().attr("clone")()); });
    }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }

private:
    static std::unique_ptr<IPluginCapability> make(PluginCapabilityType type, nb::object const& capability) {
        if (type == PluginCapabilityType::kCORE) return std::make_unique<Core>(capability);
        if (type == PluginCapabilityType::kBUILD) return std::make_unique<Build>(capability);
        return std::make_unique<Runtime>(capability);
    }

    PythonReference object_;
    std::unique_ptr<IPluginCapability> parts_[3];
};

bool isOfBase(nb::handle object, char const* base) {
    return nb::isinstance(object, nb::module_::import_("tensorrt").attr(base));
}

}  // namespace

std::shared_ptr<IPluginV3> borrowV3(nb::handle plugin) {
    IPluginV3* own = nullptr;
    if (nb::try_cast(plugin, own, false) && own != nullptr) {
        return {own, [](IPluginV3*) {}};
    }
    if (!isOfBase(plugin, "IPluginV3")) throw nb::type_error("not an IPluginV3");
    return std::make_shared<PyV3>(nb::borrow(plugin));
}

IPluginV3* ownedV3(nb::object plugin) {
    if (plugin.is_none()) return nullptr;
    IPluginV3* own = nullptr;
    if (nb::try_cast(plugin, own, false) && own != nullptr) return own->clone();
    if (!isOfBase(plugin, "IPluginV3")) throw nb::type_error("not an IPluginV3");
    return new PyV3(std::move(plugin));
}

nb::object castPlugin(IPluginV3& plugin, nb::handle owner) {
    nb::object known = pythonOf(&plugin);
    if (!known.is_none()) return known;
    return nb::cast(&plugin, nb::rv_policy::reference_internal, owner);
}

}  // namespace opentrt::python
