// SPDX-License-Identifier: Apache-2.0
// Capabilities of plugins in Python: what those of IPluginV3One... and of IPluginV3Quick... share.
#pragma once

#include "plugin_delegate.h"

namespace opentrt::python {

using DescIn = PluginTensorDesc const*;
using RangeIn = DynamicPluginTensorDesc const*;

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

// Names are read once, for the library keeps the pointers.
template <typename Base>
class CorePart final : public Part<Base> {
public:
    explicit CorePart(nb::object object)
        : Part<Base>(object),
          name_(attributeOf<std::string>(object, "plugin_name")),
          version_(attributeOf<std::string>(object, "plugin_version")),
          space_(attributeOr(object, "plugin_namespace", std::string())) {}
    AsciiChar const* getPluginName() const override { return name_.c_str(); }
    AsciiChar const* getPluginVersion() const override { return version_.c_str(); }
    AsciiChar const* getPluginNamespace() const override { return space_.c_str(); }

private:
    std::string name_, version_, space_;
};

template <typename Base>
class BuildPart : public Part<Base> {
public:
    explicit BuildPart(nb::object object)
        : Part<Base>(object),
          timingId_(attributeOr(object, "timing_cache_id", std::string())),
          metadata_(attributeOr(object, "metadata_string", std::string())) {}
    int32_t configurePlugin(RangeIn in, int32_t ins, RangeIn out, int32_t outs) override {
        return answered(self(), -1,
                        [&] { return statusOf(self(), "configure_plugin", copiesOf(in, ins), copiesOf(out, outs)); });
    }
    int32_t getOutputShapes(DimsExprs const* in, int32_t ins, DimsExprs const* values, int32_t count, DimsExprs* out,
                            int32_t outs, IExprBuilder& builder) override {
        return answered(self(), -1, [&] {
            nb::object const shapes = self().attr("get_output_shapes")(copiesOf(in, ins), copiesOf(values, count),
                                                                       nb::cast(&builder, nb::rv_policy::reference));
            return fillFrom(shapes, out, outs, "get_output_shapes");
        });
    }
    int32_t getNbOutputs() const override {
        return answered(self(), -1, [&] { return attributeOf<int32_t>(self(), "num_outputs"); });
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
    char const* getMetadataString() override { return metadata_.empty() ? nullptr : metadata_.c_str(); }
    int32_t getAliasedInput(int32_t output) override {
        return answered(self(), -1, [&]() -> int32_t {
            if (!nb::hasattr(self(), "get_aliased_input")) return -1;
            return nb::cast<int32_t>(self().attr("get_aliased_input")(output));
        });
    }

protected:
    using Part<Base>::self;

private:
    std::string timingId_, metadata_;
    std::vector<int32_t> tactics_;  // of the last getNbTactics(), which always comes before
};

template <typename Base>
class RuntimePart : public Part<Base> {
public:
    using Part<Base>::Part;
    int32_t setTactic(int32_t tactic) override {
        return answered(self(), -1, [&] { return statusOf(self(), "set_tactic", tactic); });
    }
    PluginFieldCollection const* getFieldsToSerialize() override {
        return answered(self(), static_cast<PluginFieldCollection const*>(nullptr), [&] {
            fields_ = nb::cast<FieldList>(self().attr("get_fields_to_serialize")());
            views_ = std::make_unique<FieldViews>(fields_);
            return views_->get();
        });
    }

protected:
    using Part<Base>::self;

private:
    FieldList fields_;
    std::unique_ptr<FieldViews> views_;
};

// Null unless the object is derived from the capability of IPluginV3Quick... of this type.
std::unique_ptr<IPluginCapability> makeQuickPart(PluginCapabilityType type, nb::object const& capability);

}  // namespace opentrt::python
