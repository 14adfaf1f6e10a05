// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLayersPlugin.h
//! Layers whose work is done by a user plugin.
#ifndef NV_INFER_LAYERS_PLUGIN_H
#define NV_INFER_LAYERS_PLUGIN_H

#include "NvInferTensor.h"

namespace nvinfer1 {

//! Layer of an IPluginV2 or one of its descendants. Inputs and outputs are whatever the plugin says. Deprecated since
//! 10.8.
class IPluginV2Layer : public ILayer {
public:
    //! \return the network's copy of the plugin.
    IPluginV2& getPlugin() noexcept { return mImpl->getPlugin(); }

protected:
    virtual ~IPluginV2Layer() noexcept = default;
    apiv::VPluginV2Layer* mImpl;
};

//! Layer of an IPluginV3. Inputs and outputs are whatever the plugin says. Since 10.0.
class IPluginV3Layer : public ILayer {
public:
    //! \return the network's copy of the plugin.
    IPluginV3& getPlugin() noexcept { return mImpl->getPlugin(); }

protected:
    virtual ~IPluginV3Layer() noexcept = default;
    apiv::VPluginV3Layer* mImpl;
};

//! Layer of an IPlugin or IPluginExt (5.x to 7.x). Inputs and outputs are whatever the plugin says.
class IPluginLayer : public ILayer {
public:
    //! \return the plugin given to INetworkDefinition::addPlugin or addPluginExt; still owned by the caller.
    IPlugin& getPlugin() noexcept { return mImpl->getPlugin(); }

protected:
    virtual ~IPluginLayer() noexcept = default;
    apiv::VPluginLayer* mImpl;
};

}  // namespace nvinfer1

#endif  // NV_INFER_LAYERS_PLUGIN_H
