// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLegacyPlugin.h
//! The first plugin interfaces, of versions up to 7.2: IPlugin, IPluginExt and the factory that restores them.
#ifndef NV_INFER_LEGACY_PLUGIN_H
#define NV_INFER_LEGACY_PLUGIN_H

#include "NvInferRuntimeEnums.h"

namespace nvinfer1 {

namespace impl {
#if NV_TENSORRT_COMPAT_MAJOR <= 7
using PluginOutputs = void**;  //!< How IPluginV2::enqueue() declares its outputs.
#else
using PluginOutputs = void* const*;  //!< How IPluginV2::enqueue() declares its outputs.
#endif
}  // namespace impl

//! A custom layer of the 5.x era: linear float tensors only, an implicit batch dimension that no shape mentions.
//! Added with INetworkDefinition::addPlugin(); the application owns it until its networks and engines are gone.
class IPlugin {
public:
    //! Number of outputs.
    virtual int32_t getNbOutputs() const = 0;
    //! Shape of output `index` from the input shapes, batch left out.
    virtual Dims getOutputDimensions(int32_t index, Dims const* inputs, int32_t nbInputDims) = 0;
    //! Tells the final shapes and the largest batch, before initialize().
    virtual void configure(Dims const* inputDims, int32_t nbInputs, Dims const* outputDims, int32_t nbOutputs,
                           int32_t maxBatchSize) = 0;
    //! Prepares for execution. \return 0 on success.
    virtual int32_t initialize() = 0;
    //! Undoes initialize().
    virtual void terminate() = 0;
    //! Bytes of scratch memory that enqueue() needs for `maxBatchSize`.
    virtual size_t getWorkspaceSize(int32_t maxBatchSize) const = 0;
    //! Runs the layer on `stream`. Pointers are device memory. \return 0 on success.
    virtual int32_t enqueue(int32_t batchSize, void const* const* inputs, void** outputs, void* workspace,
                            cudaStream_t stream) = 0;
    //! Bytes that serialize() writes.
    virtual size_t getSerializationSize() = 0;
    //! Writes the plugin's state to `buffer`.
    virtual void serialize(void* buffer) = 0;

    virtual ~IPlugin() {}
};

//! IPlugin that chooses a type and a format.
class IPluginExt : public IPlugin {
public:
    //! Version of the headers that the plugin was compiled with.
    TRT_ERA virtual int32_t getTensorRTVersion() const { return static_cast<int32_t>(NV_TENSORRT_VERSION); }
    //! Whether inputs and outputs may have this type and format; the library tries several.
    virtual bool supportsFormat(DataType type, PluginFormat format) const = 0;
    //! Tells the final shapes, type, format and the largest batch, before initialize().
    virtual void configureWithFormat(Dims const* inputDims, int32_t nbInputs, Dims const* outputDims, int32_t nbOutputs,
                                     DataType type, PluginFormat format, int32_t maxBatchSize) = 0;

    virtual ~IPluginExt() {}

protected:
    //! Not called for an IPluginExt.
    void configure(Dims const*, int32_t, Dims const*, int32_t, int32_t) override {}
};

//! Restores the IPlugin layers of an engine, see IRuntime::deserializeCudaEngine(). Until 7.2.
class IPluginFactory {
public:
    //! The plugin of layer `layerName` from the bytes that its serialize() wrote; the application keeps owning it.
    virtual IPlugin* createPlugin(char const* layerName, void const* serialData, size_t serialLength) = 0;

    virtual ~IPluginFactory() {}
};

}  // namespace nvinfer1

#endif  // NV_INFER_LEGACY_PLUGIN_H
