// SPDX-License-Identifier: Apache-2.0
// Creators and resources in Python, and the table of delegates.
#include <impl/NvInferPythonPlugin.h>
#include <unordered_map>

#include "plugin_delegate.h"

namespace opentrt::python {
namespace {

// Guarded by the lock of the interpreter. Never destroyed, for registered creators live to the end of the process.
std::unordered_map<void const*, PyObject*>& delegates() {
    static auto& table = *new std::unordered_map<void const*, PyObject*>;
    return table;
}

template <typename Base>
class Creator : public Base {
public:
    explicit Creator(nb::object object)
        : object_(object, static_cast<IPluginCreatorInterface*>(this)),
          name_(attributeOf<std::string>(object, "name")),
          version_(attributeOf<std::string>(object, "plugin_version")),
          space_(attributeOr(object, "plugin_namespace", std::string())) {}
    AsciiChar const* getPluginName() const override { return name_.c_str(); }
    AsciiChar const* getPluginVersion() const override { return version_.c_str(); }
    AsciiChar const* getPluginNamespace() const override { return space_.c_str(); }
    PluginFieldCollection const* getFieldNames() override {
        return answered(self(), static_cast<PluginFieldCollection const*>(nullptr), [&] {
            fields_ = attributeOr(self(), "field_names", FieldList());
            views_ = std::make_unique<FieldViews>(fields_);
            return views_->get();
        });
    }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }

protected:
    nb::handle self() const { return object_.get(); }
    void setSpace(AsciiChar const* space) { space_ = space != nullptr ? space : ""; }

private:
    PythonReference object_;
    std::string name_, version_, space_;
    FieldList fields_;
    std::unique_ptr<FieldViews> views_;
};

class CreatorV3 final : public Creator<IPluginCreatorV3One> {
public:
    using Creator::Creator;
    IPluginV3* createPlugin(AsciiChar const* name, PluginFieldCollection const* fields, TensorRTPhase phase) override {
        return answered(self(), static_cast<IPluginV3*>(nullptr),
                        [&] { return ownedV3(self().attr("create_plugin")(name, nb::cast(fieldsOf(fields)), phase)); });
    }
};

class CreatorQuick final : public Creator<IPluginCreatorV3Quick> {
public:
    using Creator::Creator;
    IPluginV3* createPlugin(AsciiChar const* name, AsciiChar const* space, PluginFieldCollection const* fields,
                            TensorRTPhase phase, QuickPluginCreationRequest request) override {
        return answered(self(), static_cast<IPluginV3*>(nullptr), [&] {
            return ownedV3(self().attr("create_plugin")(name, space, nb::cast(fieldsOf(fields)), phase, request));
        });
    }
};

class CreatorV1 final : public Creator<IPluginCreator> {
public:
    using Creator::Creator;
    IPluginV2* createPlugin(AsciiChar const* name, PluginFieldCollection const* fields) override {
        return answered(self(), static_cast<IPluginV2*>(nullptr),
                        [&] { return ownedV2(self().attr("create_plugin")(name, nb::cast(fieldsOf(fields)))); });
    }
    IPluginV2* deserializePlugin(AsciiChar const* name, void const* data, size_t length) override {
        return answered(self(), static_cast<IPluginV2*>(nullptr),
                        [&] { return ownedV2(self().attr("deserialize_plugin")(name, nb::bytes(data, length))); });
    }
    void setPluginNamespace(AsciiChar const* space) override { setSpace(space); }
};

class Resource final : public IPluginResource {
public:
    explicit Resource(nb::object object) : object_(std::move(object), this) {}
    int32_t release() override {
        return answered(object_.get(), -1, [&] { return statusOf(object_.get(), "release"); });
    }
    IPluginResource* clone() override {
        return answered(object_.get(), static_cast<IPluginResource*>(nullptr), [&]() -> IPluginResource* {
            nb::object copy = object_.get().attr("clone")();
            return copy.is_none() ? nullptr : new Resource(std::move(copy));
        });
    }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }

private:
    PythonReference object_;
};

}  // namespace

PythonReference::PythonReference(nb::object object, void const* interface)
    : object_(std::move(object)), interface_(interface) {
    delegates()[interface_] = object_.ptr();
}

PythonReference::~PythonReference() {
    if (!Py_IsInitialized()) {
        object_.release();  // the interpreter is gone, and its objects with it
        return;
    }
    nb::gil_scoped_acquire lock;
    delegates().erase(interface_);
    object_.reset();
}

nb::object pythonOf(void const* interface) {
    auto const found = delegates().find(interface);
    return found == delegates().end() ? nb::none() : nb::borrow(found->second);
}

std::unique_ptr<IPluginResource> delegateResource(nb::object resource) {
    return std::make_unique<Resource>(std::move(resource));
}

std::unique_ptr<IPluginCreatorInterface> delegateCreator(nb::object creator) {
    nb::module_ const module = nb::module_::import_("tensorrt");
    if (nb::isinstance(creator, module.attr("IPluginCreatorV3One"))) return std::make_unique<CreatorV3>(creator);
    if (nb::isinstance(creator, module.attr("IPluginCreatorV3Quick"))) return std::make_unique<CreatorQuick>(creator);
    if (nb::isinstance(creator, module.attr("IPluginCreator"))) return std::make_unique<CreatorV1>(creator);
    throw nb::type_error("neither an IPluginCreatorV3One nor an IPluginCreatorV3Quick nor an IPluginCreator");
}

}  // namespace opentrt::python
