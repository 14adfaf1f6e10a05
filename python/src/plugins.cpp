// SPDX-License-Identifier: Apache-2.0
// The plugin registry, creators and their fields.
#include <NvInferPlugin.h>

#include "bind.h"

namespace opentrt::python {
namespace {

using Registry = IPluginRegistry;

// Elements of a field have one size; types below a byte count bytes.
int32_t sizeOf(PluginFieldType type) {
    switch (type) {
        case PluginFieldType::kFLOAT64:
        case PluginFieldType::kINT64:
            return 8;
        case PluginFieldType::kFLOAT32:
        case PluginFieldType::kINT32:
            return 4;
        case PluginFieldType::kFLOAT16:
        case PluginFieldType::kBF16:
        case PluginFieldType::kINT16:
            return 2;
        case PluginFieldType::kDIMS:
            return static_cast<int32_t>(sizeof(Dims));
        default:
            return 1;
    }
}

char const* numpyNameOf(PluginFieldType type) {
    switch (type) {
        case PluginFieldType::kFLOAT16:
            return "float16";
        case PluginFieldType::kFLOAT32:
            return "float32";
        case PluginFieldType::kFLOAT64:
            return "float64";
        case PluginFieldType::kINT16:
            return "int16";
        case PluginFieldType::kINT32:
            return "int32";
        case PluginFieldType::kINT64:
            return "int64";
        case PluginFieldType::kINT8:
        case PluginFieldType::kCHAR:
        case PluginFieldType::kUNKNOWN:
            return "int8";
        default:
            return nullptr;
    }
}

// A field as Python has it: it holds its name and its bytes.
struct Field {
    std::string name;
    nb::object bytes;
    PluginFieldType type = PluginFieldType::kUNKNOWN;
    int32_t length = 0;

    PluginField view() const {
        void const* data = bytes.is_valid() ? nb::cast<nb::bytes>(bytes).data() : nullptr;
        return {name.c_str(), data, type, length};
    }
};

Field makeField(std::string name, nb::object data, PluginFieldType type) {
    Field field{std::move(name), {}, type, 0};
    if (data.is_none()) return field;
    nb::bytes const bytes(data.attr("tobytes")());
    field.length = static_cast<int32_t>(bytes.size()) / sizeOf(type);
    field.bytes = bytes;
    return field;
}

Field copyField(PluginField const& field) {
    Field copy{field.name != nullptr ? field.name : "", {}, field.type, field.length};
    if (field.data != nullptr) {
        copy.bytes = nb::bytes(field.data, static_cast<size_t>(field.length) * static_cast<size_t>(sizeOf(field.type)));
    }
    return copy;
}

nb::object fieldData(Field const& self) {
    char const* const type = numpyNameOf(self.type);
    if (type == nullptr) throw nb::attribute_error("NumPy has no such element type");
    if (!self.bytes.is_valid()) return nb::none();
    return nb::module_::import_("numpy").attr("frombuffer")(self.bytes, type);
}

std::vector<Field> fieldsOf(PluginFieldCollection const* collection) {
    std::vector<Field> fields;
    for (int32_t i = 0; collection != nullptr && i < collection->nbFields; ++i) {
        fields.push_back(copyField(collection->fields[i]));
    }
    return fields;
}

// A creator as its own class, by the name of its interface.
nb::object castCreator(IPluginCreatorInterface* creator) {
    if (creator == nullptr) return nb::none();
    std::string const kind = creator->getInterfaceInfo().kind;
    constexpr auto policy = nb::rv_policy::reference;
    if (kind == "PLUGIN CREATOR_V1") return nb::cast(static_cast<IPluginCreator*>(creator), policy);
    if (kind == "PLUGIN CREATOR_V3ONE") return nb::cast(static_cast<IPluginCreatorV3One*>(creator), policy);
    return nb::cast(creator, policy);
}

nb::list creatorList(IPluginCreatorInterface* const* creators, int32_t count) {
    nb::list list;
    for (int32_t i = 0; i < count; ++i) list.append(castCreator(creators[i]));
    return list;
}

// The library's view of a list of fields, valid as long as this object and the list.
struct Collection {
    explicit Collection(std::vector<Field> const& fields) {
        for (Field const& field : fields) items.push_back(field.view());
        view = {static_cast<int32_t>(items.size()), items.data()};
    }
    std::vector<PluginField> items;
    PluginFieldCollection view;
};

struct FieldList {
    std::vector<Field> fields;
};

void bindFields(nb::module_& m) {
    nb::class_<Field>(m, "PluginField", "A named parameter of a plugin.")
        .def(
            "__init__",
            [](Field* self, std::string name, nb::object data, PluginFieldType type) {
                new (self) Field(makeField(std::move(name), data, type));
            },
            "name"_a = "", "data"_a.none() = nb::none(), "type"_a = PluginFieldType::kUNKNOWN)
        .def_rw("name", &Field::name)
        .def_rw("type", &Field::type)
        .def_ro("size", &Field::length)
        .def_prop_ro("data", &fieldData);
    nb::class_<FieldList>(m, "PluginFieldCollection", "The parameters of a plugin, a list.")
        .def(nb::init<>())
        .def(
            "__init__", [](FieldList* self, std::vector<Field> fields) { new (self) FieldList{std::move(fields)}; },
            "fields"_a)
        .def("append", [](FieldList& self, Field field) { self.fields.push_back(std::move(field)); })
        .def("__len__", [](FieldList const& self) { return self.fields.size(); })
        .def("__getitem__", [](FieldList const& self, size_t i) {
            if (i >= self.fields.size()) throw nb::index_error();
            return self.fields[i];
        });
    nb::implicitly_convertible<nb::list, FieldList>();
}

void bindCreators(nb::module_& m) {
    nb::class_<IPluginCreatorInterface>(m, "IPluginCreatorInterface", "Makes plugins.");
    using V1 = IPluginCreator;
    nb::class_<V1, IPluginCreatorInterface>(m, "IPluginCreator", "Makes plugins of the second interface.")
        .def_prop_ro("name", &V1::getPluginName)
        .def_prop_ro("plugin_version", &V1::getPluginVersion)
        .def_prop_ro("tensorrt_version", &V1::getTensorRTVersion)
        .def_prop_rw("plugin_namespace", &V1::getPluginNamespace, &V1::setPluginNamespace)
        .def_prop_ro("field_names", [](V1& self) { return fieldsOf(self.getFieldNames()); })
        .def(
            "create_plugin",
            [](V1& self, char const* name, FieldList const& fields) {
                Collection const collection(fields.fields);
                return self.createPlugin(name, &collection.view);
            },
            "name"_a, "field_collection"_a, nb::rv_policy::reference);
    using V3 = IPluginCreatorV3One;
    nb::class_<V3, IPluginCreatorInterface>(m, "IPluginCreatorV3One", "Makes plugins of the third interface.")
        .def_prop_ro("name", &V3::getPluginName)
        .def_prop_ro("plugin_version", &V3::getPluginVersion)
        .def_prop_ro("plugin_namespace", &V3::getPluginNamespace)
        .def_prop_ro("field_names", [](V3& self) { return fieldsOf(self.getFieldNames()); })
        .def(
            "create_plugin",
            [](V3& self, char const* name, FieldList const& fields, TensorRTPhase phase) {
                Collection const collection(fields.fields);
                return self.createPlugin(name, &collection.view, phase);
            },
            "name"_a, "field_collection"_a, "phase"_a);
}

void bindRegistry(nb::module_& m) {
    nb::class_<Registry>(m, "IPluginRegistry", "All plugin creators of the process.")
        .def_prop_ro("plugin_creator_list",
                     [](Registry const& self) {
                         int32_t count = 0;
                         IPluginCreator* const* creators = self.getPluginCreatorList(&count);
                         nb::list list;
                         for (int32_t i = 0; i < count; ++i) list.append(castCreator(creators[i]));
                         return list;
                     })
        .def_prop_ro("all_creators",
                     [](Registry const& self) {
                         int32_t count = 0;
                         auto* const* creators = self.getAllCreators(&count);
                         return creatorList(creators, count);
                     })
        .def_prop_ro("all_creators_recursive",
                     [](Registry& self) {
                         int32_t count = 0;
                         auto* const* creators = self.getAllCreatorsRecursive(&count);
                         return creatorList(creators, count);
                     })
        .def(
            "get_plugin_creator",
            [](Registry& self, char const* type, char const* version, char const* space) {
                return castCreator(self.getPluginCreator(type, version, space));
            },
            "type"_a, "version"_a, "plugin_namespace"_a = "")
        .def(
            "get_creator",
            [](Registry& self, char const* type, char const* version, char const* space) {
                return castCreator(self.getCreator(type, version, space));
            },
            "type"_a, "version"_a, "plugin_namespace"_a = "")
        .def(
            "load_library", [](Registry& self, char const* path) { return asAddress(self.loadLibrary(path)); },
            "plugin_path"_a)
        .def(
            "deregister_library",
            [](Registry& self, std::uintptr_t handle) { self.deregisterLibrary(asPointer<void>(handle)); }, "handle"_a)
        .def_prop_rw("error_recorder", &Registry::getErrorRecorder, &Registry::setErrorRecorder,
                     nb::for_setter(nb::keep_alive<1, 2>()), nb::for_setter("recorder"_a.none()))
        .def_prop_rw("parent_search_enabled", &Registry::isParentSearchEnabled, &Registry::setParentSearchEnabled);
}

}  // namespace

void bindPlugins(nb::module_& m) {
    bindFields(m);
    nb::class_<IPluginV2>(m, "IPluginV2", "A layer's computation, second interface.")
        .def_prop_ro("num_outputs", &IPluginV2::getNbOutputs)
        .def_prop_ro("tensorrt_version", &IPluginV2::getTensorRTVersion)
        .def_prop_ro("plugin_type", &IPluginV2::getPluginType)
        .def_prop_ro("plugin_version", &IPluginV2::getPluginVersion)
        .def_prop_rw("plugin_namespace", &IPluginV2::getPluginNamespace, &IPluginV2::setPluginNamespace);
    nb::class_<IPluginV3>(m, "IPluginV3", "A layer's computation, third interface.");
    nb::class_<IPluginV2Layer, ILayer>(m, "IPluginV2Layer").def_prop_ro("plugin", &IPluginV2Layer::getPlugin, kOwned);
    nb::class_<IPluginV3Layer, ILayer>(m, "IPluginV3Layer").def_prop_ro("plugin", &IPluginV3Layer::getPlugin, kOwned);
    bindCreators(m);
    bindRegistry(m);
    m.def("get_plugin_registry", &getPluginRegistry, nb::rv_policy::reference);
    m.def("get_builder_plugin_registry", &getBuilderPluginRegistry, "capability"_a, nb::rv_policy::reference);
    m.def(
        "init_libnvinfer_plugins",
        [](ILogger* logger, char const* space) { return initLibNvInferPlugins(logger, space); }, "logger"_a.none(),
        "namespace"_a);
}

}  // namespace opentrt::python
