// SPDX-License-Identifier: Apache-2.0
// Layers whose computation is an object of the application. The network works on a copy of the object, as TensorRT
// does, so that the application may destroy its own; objects of the first generation cannot be copied and are borrowed.
#include "network/rules.h"
#include "plugin/plugin_op.h"

namespace opentrt::network {

namespace {

using plugin::Instance;
using plugin::PluginOp;

template <class Public, class V, class Plugin>
class PluginLayer final : public LayerShell<Public, V> {
public:
    PluginLayer(Network& network, LayerType type, std::unique_ptr<Op> op, Plugin& plugin)
        : LayerShell<Public, V>(network, type, std::move(op)), plugin_(plugin) {}
    Plugin& getPlugin() noexcept override { return plugin_; }

private:
    Plugin& plugin_;
};
using PluginV1Layer = PluginLayer<IPluginLayer, apiv::VPluginLayer, IPlugin>;
using PluginV2Layer = PluginLayer<IPluginV2Layer, apiv::VPluginV2Layer, IPluginV2>;
using PluginV3Layer = PluginLayer<IPluginV3Layer, apiv::VPluginV3Layer, IPluginV3>;

std::vector<ITensor*> listOf(ITensor* const* tensors, int32_t count, const char* what) {
    std::vector<ITensor*> list;
    if (count > 0 && !tensors) throw Error(ErrorCode::InvalidArgument, "", cat("the list of ", what, " is null"));
    for (int32_t i = 0; i < count; ++i) {
        if (!tensors[i]) throw Error(ErrorCode::InvalidArgument, "", cat(what, " ", i, " of a plugin layer is null"));
        list.push_back(tensors[i]);
    }
    return list;
}

std::unique_ptr<PluginOp> operatorOf(const Network& network, std::shared_ptr<Instance> object, size_t shapeInputs) {
    const bool dynamic = object->takesDynamicShapes();
    if (network.implicitBatch() && dynamic) {
        throw Error(ErrorCode::InvalidArgument, object->identity().name,
                    "plugins of dynamic shapes do not work with an implicit batch dimension; create the network with "
                    "kEXPLICIT_BATCH");
    }
    return std::make_unique<PluginOp>(std::move(object), static_cast<int64_t>(network.layers().size()),
                                      static_cast<int64_t>(shapeInputs),
                                      network.hasImplicitBatchDimension() && !dynamic);
}

template <class Layer, class Plugin>
Layer* addLayerOf(Network& network, LayerType type, const std::shared_ptr<Instance>& object, Plugin& plugin,
                  const std::vector<ITensor*>& inputs, size_t shapeInputs = 0) {
    auto layer = std::make_unique<Layer>(network, type, operatorOf(network, object, shapeInputs), plugin);
    return network.add(std::move(layer), inputs, object->outputs());
}

IPluginLayer* addFirstGeneration(Network& network, ITensor* const* inputs, int32_t count, IPlugin& plugin, bool ext) {
    return making<IPluginLayer>(network, [&] {
        const auto object = plugin::instanceOf(plugin, ext, plugin::layoutOfEra(network.reporter().era()));
        return addLayerOf<PluginV1Layer>(network, LayerType::kPLUGIN, object, plugin, listOf(inputs, count, "input"));
    });
}

}  // namespace

IPluginV2Layer* Network::addPluginV2(ITensor* const* inputs, int32_t nbInputs, IPluginV2& plugin) noexcept {
    return making<IPluginV2Layer>(*this, [&] {
        const auto list = listOf(inputs, nbInputs, "input");
        IPluginV2* copy = plugin.clone();
        if (!copy) throw Error(ErrorCode::InvalidArgument, plugin.getPluginType(), "the plugin answered no clone");
        const auto object = plugin::instanceOf(copy);
        return addLayerOf<PluginV2Layer>(*this, LayerType::kPLUGIN_V2, object, *copy, list);
    });
}

IPluginV3Layer* Network::addPluginV3(ITensor* const* inputs, int32_t nbInputs, ITensor* const* shapeInputs,
                                     int32_t nbShapeInputs, IPluginV3& plugin) noexcept {
    return making<IPluginV3Layer>(*this, [&] {
        auto list = listOf(inputs, nbInputs, "input");
        const auto shapes = listOf(shapeInputs, nbShapeInputs, "shape input");
        list.insert(list.end(), shapes.begin(), shapes.end());
        IPluginV3* copy = plugin.clone();
        if (!copy) throw Error(ErrorCode::InvalidArgument, "", "a plugin answered no clone");
        const auto object = plugin::instanceOf(copy);
        return addLayerOf<PluginV3Layer>(*this, LayerType::kPLUGIN_V3, object, *copy, list, shapes.size());
    });
}

IPluginLayer* Network::addPlugin(ITensor* const* inputs, int32_t nbInputs, IPlugin& plugin) noexcept {
    return addFirstGeneration(*this, inputs, nbInputs, plugin, false);
}

IPluginLayer* Network::addPluginExt(ITensor* const* inputs, int32_t nbInputs, IPluginExt& plugin) noexcept {
    return addFirstGeneration(*this, inputs, nbInputs, plugin, true);
}

}  // namespace opentrt::network
