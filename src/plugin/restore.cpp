// SPDX-License-Identifier: Apache-2.0
// From the bytes in a plan to a plugin object.
#include <string_view>

#include "base/error.h"
#include "impl/NvInferPythonPlugin.h"
#include "plugin/fields.h"
#include "plugin/instance.h"

namespace opentrt::plugin {

using namespace nvinfer1;  // NOLINT: this room speaks the API's language

namespace {

std::string described(const Identity& id) {
    return cat("\"", id.name, "\", version \"", id.version, "\", namespace \"", id.space, "\"");
}

std::shared_ptr<Instance> fromFactory(const Identity& id, const std::string& layer, const std::vector<char>& bytes,
                                      IPluginFactory* factory, DimsLayout layout) {
    if (!factory) {
        throw Error(ErrorCode::InvalidArgument, layer,
                    cat("the layer is an ", id.name,
                        ", which only a plugin factory can make; give one to "
                        "deserializeCudaEngine"));
    }
    IPlugin* plugin = factory->createPlugin(layer.c_str(), bytes.data(), bytes.size());
    if (!plugin) throw Error(ErrorCode::FailedInitialization, layer, "the plugin factory made no plugin");
    return instanceOf(*plugin, id.name == "IPluginExt", layout);
}

}  // namespace

std::shared_ptr<Instance> restore(const Identity& id, const std::string& layer, const std::vector<char>& bytes,
                                  IPluginRegistry* registry, IPluginFactory* factory, DimsLayout factoryLayout) {
    if (id.generation == "IPlugin") return fromFactory(id, layer, bytes, factory, factoryLayout);
    IPluginCreatorInterface* creator =
        registry ? registry->getCreator(id.name.c_str(), id.version.c_str(), id.space.c_str()) : nullptr;
    if (!creator) {
        throw Error(ErrorCode::InvalidArgument, layer,
                    cat("no creator of the plugin ", described(id),
                        " is registered; register it, or load its library, before loading the plan"));
    }
    const std::string_view kind = creator->getInterfaceInfo().kind;
    if (id.generation == "V3" && kind == "PLUGIN CREATOR_V3ONE") {
        const FieldsInMemory fields(bytes);
        IPluginV3* plugin = static_cast<IPluginCreatorV3One*>(creator)->createPlugin(
            layer.c_str(), &fields.collection(), TensorRTPhase::kRUNTIME);
        if (plugin) return instanceOf(plugin);
    } else if (id.generation == "V3Quick" && kind == "PLUGIN CREATOR_V3QUICK") {
        const FieldsInMemory fields(bytes);
        IPluginV3* plugin = static_cast<IPluginCreatorV3Quick*>(creator)->createPlugin(
            id.name.c_str(), id.space.c_str(), &fields.collection(), TensorRTPhase::kRUNTIME,
            QuickPluginCreationRequest::kPREFER_JIT);
        if (plugin) return instanceOf(plugin);
    } else if (id.generation == "V2" && kind == "PLUGIN CREATOR_V1") {
        IPluginV2* plugin =
            static_cast<IPluginCreator*>(creator)->deserializePlugin(layer.c_str(), bytes.data(), bytes.size());
        if (plugin) {
            plugin->setPluginNamespace(id.space.c_str());
            return instanceOf(plugin);
        }
    } else {
        throw Error(ErrorCode::InvalidArgument, layer,
                    cat("the creator of the plugin ", described(id), " is of kind \"", kind,
                        "\" when the plan was built with a plugin of generation ", id.generation));
    }
    throw Error(ErrorCode::FailedInitialization, layer,
                cat("the creator of the plugin ", described(id), " made no plugin from ", bytes.size(), " bytes"));
}

}  // namespace opentrt::plugin
