// SPDX-License-Identifier: Apache-2.0
// Plugins of generation 3 in Python: one object with three capabilities, which usually are that object too.
// Tested by tests/test_plugins.py.
#include "plugin_parts.h"

namespace opentrt::python {
namespace {

class Build final : public BuildPart<IPluginV3OneBuildV2> {
public:
    using BuildPart::BuildPart;
    int32_t getOutputDataTypes(DataType* out, int32_t outs, DataType const* in, int32_t ins) const override {
        return answered(self(), -1, [&] {
            nb::object const types = self().attr("get_output_data_types")(copiesOf(in, ins));
            return fillFrom(types, out, outs, "get_output_data_types");
        });
    }
    bool supportsFormatCombination(int32_t position, RangeIn inOut, int32_t ins, int32_t outs) override {
        return answered(self(), false, [&] {
            return nb::cast<bool>(
                self().attr("supports_format_combination")(position, copiesOf(inOut, ins + outs), ins));
        });
    }
    size_t getWorkspaceSize(RangeIn in, int32_t ins, RangeIn out, int32_t outs) const override {
        return answered(self(), size_t{0}, [&]() -> size_t {
            if (!nb::hasattr(self(), "get_workspace_size")) return 0;
            return nb::cast<size_t>(self().attr("get_workspace_size")(copiesOf(in, ins), copiesOf(out, outs)));
        });
    }
    int32_t getFormatCombinationLimit() override {
        return answered(self(), kDEFAULT_FORMAT_COMBINATION_LIMIT, [&] {
            return attributeOr<int32_t>(self(), "format_combination_limit", kDEFAULT_FORMAT_COMBINATION_LIMIT);
        });
    }
};

class Runtime final : public RuntimePart<IPluginV3OneRuntime> {
public:
    using RuntimePart::RuntimePart;
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

private:
    int32_t ins_ = 0, outs_ = 0;  // enqueue() does not tell them; onShapeChange() always comes before
};

bool isOfBase(nb::handle object, char const* base) {
    return nb::isinstance(object, nb::module_::import_("tensorrt").attr(base));
}

std::unique_ptr<IPluginCapability> makePart(PluginCapabilityType type, nb::object const& capability) {
    if (auto quick = makeQuickPart(type, capability)) return quick;
    if (type == PluginCapabilityType::kCORE) return std::make_unique<CorePart<IPluginV3OneCore>>(capability);
    if (type == PluginCapabilityType::kBUILD) return std::make_unique<Build>(capability);
    // A plugin whose one object answers for all capabilities lacks this one if its kernels are compiled ahead.
    if (isOfBase(capability, "IPluginV3QuickAOTBuild")) return nullptr;
    return std::make_unique<Runtime>(capability);
}

class PyV3 final : public IPluginV3 {
public:
    explicit PyV3(nb::object object) : object_(std::move(object), this) {}
    IPluginCapability* getCapabilityInterface(PluginCapabilityType type) override {
        auto& part = parts_[static_cast<size_t>(type)];
        if (part) return part.get();
        return answered(object_.get(), static_cast<IPluginCapability*>(nullptr), [&]() -> IPluginCapability* {
            nb::object const capability = object_.get().attr("get_capability_interface")(type);
            if (!capability.is_none()) part = makePart(type, capability);
            return part.get();
        });
    }
    IPluginV3* clone() override {
        return answered(object_.get(), static_cast<IPluginV3*>(nullptr),
                        [&] { return ownedV3(object_.get().attr("clone")()); });
    }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }

private:
    PythonReference object_;
    std::unique_ptr<IPluginCapability> parts_[3];
};

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
