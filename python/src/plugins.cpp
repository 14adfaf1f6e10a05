// SPDX-License-Identifier: Apache-2.0
// Plugins and creators of C++ as Python sees them, and the registry. The classes to derive from in Python are those of
// tensorrt/_plugin_bases.py, to which the ones here are made subclasses; see plugin_python.h.
#include <NvInferPlugin.h>
#include <map>

#include "plugin_fields.h"
#include "plugin_python.h"

namespace opentrt::python {
namespace {

using Registry = IPluginRegistry;
constexpr auto kReference = nb::rv_policy::reference;

// A creator as its own class, by the name of its interface; one of Python as itself.
nb::object castCreator(IPluginCreatorInterface* creator) {
    if (creator == nullptr) return nb::none();
    nb::object known = pythonOf(creator);
    if (!known.is_none()) return known;
    std::string const kind = creator->getInterfaceInfo().kind;
    if (kind == "PLUGIN CREATOR_V1") return nb::cast(static_cast<IPluginCreator*>(creator), kReference);
    if (kind == "PLUGIN CREATOR_V3ONE") return nb::cast(static_cast<IPluginCreatorV3One*>(creator), kReference);
    return nb::cast(creator, kReference);
}

template <typename T>
nb::list creatorList(T* const* creators, int32_t count) {
    nb::list list;
    for (int32_t i = 0; i < count; ++i) list.append(castCreator(creators[i]));
    return list;
}

void bindCreators(nb::module_& m) {
    Bound<IPluginCreatorInterface>(m, "_PluginCreatorInterface", "A creator of C++.");
    using V1 = IPluginCreator;
    Bound<V1, IPluginCreatorInterface>(m, "_PluginCreator", "A creator of C++, second interface.")
        .def_prop_ro("name", &V1::getPluginName, "Name of its plugins.")
        .def_prop_ro("plugin_version", &V1::getPluginVersion, "Version of its plugins.")
        .def_prop_ro("tensorrt_version", &V1::getTensorRTVersion, "Version of the interface.")
        .def_prop_rw("plugin_namespace", &V1::getPluginNamespace, &V1::setPluginNamespace, "Namespace of its plugins.")
        .def_prop_ro(
            "field_names", [](V1& self) { return fieldsOf(self.getFieldNames()); }, "Fields that it understands.")
        .def(
            "create_plugin",
            [](V1& self, char const* name, FieldList const& fields) {
                return self.createPlugin(name, FieldViews(fields).get());
            },
            "name"_a, "field_collection"_a, kReference, "A plugin of these fields.")
        .def(
            "deserialize_plugin",
            [](V1& self, char const* name, nb::bytes const& state) {
                return self.deserializePlugin(name, state.data(), state.size());
            },
            "name"_a, "serialized_plugin"_a, kReference, "The plugin that wrote these bytes.");
    using V3 = IPluginCreatorV3One;
    Bound<V3, IPluginCreatorInterface>(m, "_PluginCreatorV3One", "A creator of C++, third interface.")
        .def_prop_ro("name", &V3::getPluginName, "Name of its plugins.")
        .def_prop_ro("plugin_version", &V3::getPluginVersion, "Version of its plugins.")
        .def_prop_ro("plugin_namespace", &V3::getPluginNamespace, "Namespace of its plugins.")
        .def_prop_ro(
            "field_names", [](V3& self) { return fieldsOf(self.getFieldNames()); }, "Fields that it understands.")
        .def(
            "create_plugin",
            [](V3& self, char const* name, FieldList const& fields, TensorRTPhase phase) {
                return self.createPlugin(name, FieldViews(fields).get(), phase);
            },
            "name"_a, "field_collection"_a, "phase"_a, "A plugin of these fields.");
}

void bindNative(nb::module_& m) {
    using V2 = IPluginV2;
    Bound<V2>(m, "_PluginV2", "A plugin of C++, second interface.")
        .def_prop_ro("num_outputs", &V2::getNbOutputs, "Number of outputs.")
        .def_prop_ro("tensorrt_version", &V2::getTensorRTVersion, "Version of the interface.")
        .def_prop_ro("plugin_type", &V2::getPluginType, "Its name.")
        .def_prop_ro("plugin_version", &V2::getPluginVersion, "Its version.")
        .def_prop_rw("plugin_namespace", &V2::getPluginNamespace, &V2::setPluginNamespace, "Its namespace.")
        .def_prop_ro("serialization_size", &V2::getSerializationSize, "Bytes of its state.")
        .def(
            "serialize",
            [](V2 const& self) {
                std::string state(self.getSerializationSize(), '\0');
                self.serialize(state.data());
                return nb::bytes(state.data(), state.size());
            },
            "Its state, for its creator.")
        .def("clone", &V2::clone, kReference, "A copy, which goes by destroy().")
        .def("destroy", &V2::destroy, "Deletes it.");
    using V3 = IPluginV3;
    Bound<V3>(m, "_PluginV3", "A plugin of C++, third interface.").def("clone", &V3::clone, "A copy.");
    Bound<IPluginResource>(m, "_PluginResource", "A resource of C++ that plugins share.");
    Bound<IPluginV2Layer, ILayer>(m, "IPluginV2Layer", "A layer that a plugin of the second interface computes.")
        .def_prop_ro(
            "plugin",
            [](nb::pointer_and_handle<IPluginV2Layer> self) { return castPlugin(self.p->getPlugin(), self.h); },
            "The network's copy of the plugin.");
    Bound<IPluginV3Layer, ILayer>(m, "IPluginV3Layer", "A layer that a plugin of the third interface computes.")
        .def_prop_ro(
            "plugin",
            [](nb::pointer_and_handle<IPluginV3Layer> self) { return castPlugin(self.p->getPlugin(), self.h); },
            "The network's copy of the plugin.");
}

// Delegates of registered creators, by the Python object. Never destroyed, like the registry.
std::map<PyObject*, std::unique_ptr<IPluginCreatorInterface>>& registered() {
    static auto& table = *new std::map<PyObject*, std::unique_ptr<IPluginCreatorInterface>>;
    return table;
}

bool registerCreator(Registry& self, nb::object creator, char const* space) {
    if (registered().count(creator.ptr()) != 0) return false;
    auto delegate = delegateCreator(creator);
    if (!self.registerCreator(*delegate, space)) return false;
    registered()[creator.ptr()] = std::move(delegate);
    return true;
}

bool deregisterCreator(Registry& self, nb::handle creator) {
    IPluginCreatorInterface* own = nullptr;
    if (nb::try_cast(creator, own, false) && own != nullptr) return self.deregisterCreator(*own);
    auto const found = registered().find(creator.ptr());
    if (found == registered().end() || !self.deregisterCreator(*found->second)) return false;
    auto const delegate = std::move(found->second);  // outlives its entry, for its object may be the last reference
    registered().erase(found);
    return true;
}

nb::object acquireResource(Registry& self, char const* key, nb::object resource) {
    auto const delegate = resource.is_none() ? nullptr : delegateResource(resource);
    IPluginResource* const kept = self.acquirePluginResource(key, delegate.get());
    if (kept == nullptr) return nb::none();
    nb::object known = pythonOf(kept);
    return known.is_none() ? nb::cast(kept, kReference) : known;
}

void defLists(Bound<Registry>& c) {
    c.def_prop_ro(
         "plugin_creator_list",
         [](Registry const& self) {
             int32_t count = 0;
             auto* const* creators = self.getPluginCreatorList(&count);
             return creatorList(creators, count);
         },
         "The creators of the second interface.")
        .def_prop_ro(
            "all_creators",
            [](Registry const& self) {
                int32_t count = 0;
                auto* const* creators = self.getAllCreators(&count);
                return creatorList(creators, count);
            },
            "All creators of this registry.")
        .def_prop_ro(
            "all_creators_recursive",
            [](Registry& self) {
                int32_t count = 0;
                auto* const* creators = self.getAllCreatorsRecursive(&count);
                return creatorList(creators, count);
            },
            "All creators of this registry and of its parents.")
        .def(
            "get_plugin_creator",
            [](Registry& self, char const* type, char const* version, char const* space) {
                return castCreator(self.getPluginCreator(type, version, space));
            },
            "type"_a, "version"_a, "plugin_namespace"_a = "", "A creator of the second interface, or None.")
        .def(
            "get_creator",
            [](Registry& self, char const* type, char const* version, char const* space) {
                return castCreator(self.getCreator(type, version, space));
            },
            "type"_a, "version"_a, "plugin_namespace"_a = "", "A creator, or None.");
}

void bindRegistry(nb::module_& m) {
    Bound<Registry> c(m, "IPluginRegistry", "All plugin creators of the process.");
    defLists(c);
    c.def("register_creator", &registerCreator, "creator"_a, "plugin_namespace"_a = "",
          "Adds a creator; False if there is one of this name, version and namespace.")
        .def("deregister_creator", &deregisterCreator, "creator"_a, "Takes a creator away.")
        .def(
            "load_library", [](Registry& self, char const* path) { return asAddress(self.loadLibrary(path)); },
            "plugin_path"_a, "Registers the creators of a shared library; answers its handle.")
        .def(
            "deregister_library",
            [](Registry& self, std::uintptr_t handle) { self.deregisterLibrary(asPointer<void>(handle)); }, "handle"_a,
            "Takes the creators of a library away, and unloads it.")
        .def("acquire_plugin_resource", &acquireResource, "key"_a, "resource"_a.none(),
             "The resource of this key, a clone of `resource` if it is new; each call is to be released.")
        .def("release_plugin_resource", &Registry::releasePluginResource, "key"_a,
             "Takes one use of a resource back; the last one releases it.")
        .def_prop_rw("error_recorder", &Registry::getErrorRecorder, &Registry::setErrorRecorder,
                     nb::for_setter(nb::keep_alive<1, 2>()), nb::for_setter("recorder"_a.none()),
                     "Collects the errors of the registry.")
        .def_prop_rw("parent_search_enabled", &Registry::isParentSearchEnabled, &Registry::setParentSearchEnabled,
                     "Whether creators are looked for in parents, too.");
}

}  // namespace

void bindPlugins(nb::module_& m) {
    bindPluginFields(m);
    bindPluginTypes(m);
    bindNative(m);
    bindCreators(m);
    bindRegistry(m);
    m.def("get_plugin_registry", &getPluginRegistry, kReference, "The registry of the process.");
    m.def("get_builder_plugin_registry", &getBuilderPluginRegistry, "capability"_a, kReference,
          "The registry that builders of this capability search.");
    m.def(
        "init_libnvinfer_plugins",
        [](ILogger* logger, char const* space) { return initLibNvInferPlugins(logger, space); }, "logger"_a.none(),
        "namespace"_a, "Registers the plugins that come with the library.");
}

}  // namespace opentrt::python
