// SPDX-License-Identifier: Apache-2.0
//! \file NvInferRuntimePlugin.h
//! Plugins of generation 2 with static shapes (IPluginV2, -Ext, -IOExt) and their creators.
//!
//! All are deprecated since 10.0 in favour of IPluginV3. A plugin is called from one thread at a time; different
//! clones may be called at once. Its exceptions are caught and become errors.
#ifndef NV_INFER_RUNTIME_PLUGIN_H
#define NV_INFER_RUNTIME_PLUGIN_H

#include "NvInferPluginBase.h"
#include "impl/NvInferLegacyPlugin.h"
#include "impl/NvInferRuntimeEnums.h"

namespace nvinfer1 {

class IGpuAllocator;

static constexpr int32_t kPLUGIN_VERSION_PYTHON_BIT = 0x40;  //!< Set in versions of plugins written in Python.

//! Shape, type and format of a plugin's input or output.
struct PluginTensorDesc {
    Dims dims;            //!< Extents.
    DataType type;        //!< Element type.
    TensorFormat format;  //!< Layout.
    float scale;          //!< Quantization scale of an INT8 tensor, else 0.
};

namespace impl {
#if NV_TENSORRT_COMPAT_MAJOR >= 10
using PluginDesc64 = PluginTensorDesc;  //!< The descriptor that IPluginV3 objects receive in every era.
#else
//! The descriptor that IPluginV3 objects receive in every era.
struct PluginDesc64 {
    Dims64 dims;          //!< Extents.
    DataType type;        //!< Element type.
    TensorFormat format;  //!< Layout.
    float scale;          //!< Quantization scale of an INT8 tensor, else 0.
};
#endif
}  // namespace impl

//! Kind of a generation 2 plugin: the top byte of its getTensorRTVersion().
enum class PluginVersion : uint8_t {
    kV2 = 0,                                                 //!< IPluginV2.
    kV2_EXT = 1,                                             //!< IPluginV2Ext.
    kV2_IOEXT = 2,                                           //!< IPluginV2IOExt.
    kV2_DYNAMICEXT = 3,                                      //!< IPluginV2DynamicExt.
    kV2_DYNAMICEXT_PYTHON = kPLUGIN_VERSION_PYTHON_BIT | 3,  //!< IPluginV2DynamicExt in Python. Since 9.1.
};

//! Kind of a generation 1 creator. Since 9.1.
enum class PluginCreatorVersion : int32_t {
    kV1 = 0,                                  //!< In C++.
    kV1_PYTHON = kPLUGIN_VERSION_PYTHON_BIT,  //!< In Python.
};

namespace impl {
//! What getTensorRTVersion() answers: kind in the top byte, version of the headers below.
TRT_ERA constexpr int32_t pluginVersion(PluginVersion kind) noexcept {
    return static_cast<int32_t>((static_cast<uint32_t>(kind) << 24U) |
                                (static_cast<uint32_t>(NV_TENSORRT_VERSION) & 0xFFFFFFU));
}
}  // namespace impl

//! A custom layer with one type and format for all its tensors and an implicit batch dimension.
//!
//! Life: made by a creator, cloned by the network, asked for shapes and formats, configured, initialized, run, and at
//! the end terminated and destroyed. The library reads from getTensorRTVersion() which derived interface it has.
class IPluginV2 {
public:
    //! Kind and header version; not to be overridden by applications.
    TRT_ERA virtual int32_t getTensorRTVersion() const { return impl::pluginVersion(PluginVersion::kV2); }
    //! Name under which its creator is registered.
    virtual AsciiChar const* getPluginType() const = 0;
    //! Version under which its creator is registered.
    virtual AsciiChar const* getPluginVersion() const = 0;
    //! Number of outputs.
    virtual int32_t getNbOutputs() const = 0;
    //! Shape of output `index` from the shapes of the inputs, batch left out.
    virtual Dims getOutputDimensions(int32_t index, Dims const* inputs, int32_t nbInputDims) = 0;
    //! Whether all tensors may have this type and format. kFLOAT with kLINEAR must be among them.
    virtual bool supportsFormat(DataType type, PluginFormat format) const = 0;
    //! Tells the final shapes, type, format and the largest batch.
    virtual void configureWithFormat(Dims const* inputDims, int32_t nbInputs, Dims const* outputDims, int32_t nbOutputs,
                                     DataType type, PluginFormat format, int32_t maxBatchSize) = 0;
    //! Prepares for execution when an engine is made. \return 0 on success.
    virtual int32_t initialize() = 0;
    //! Undoes initialize() when the engine goes.
    virtual void terminate() = 0;
    //! Bytes of scratch memory for a batch of `maxBatchSize`.
    virtual size_t getWorkspaceSize(int32_t maxBatchSize) const = 0;
    //! Runs the layer on `stream` for `batchSize` items; pointers are device memory. \return 0 on success.
    virtual int32_t enqueue(int32_t batchSize, void const* const* inputs, impl::PluginOutputs outputs, void* workspace,
                            cudaStream_t stream) = 0;
    //! Bytes that serialize() writes.
    virtual size_t getSerializationSize() const = 0;
    //! Writes its state to `buffer` of getSerializationSize() bytes.
    virtual void serialize(void* buffer) const = 0;
    //! Deletes the plugin; the library's last call to it.
    virtual void destroy() = 0;
    //! A copy with the same state, owned by the caller; null on failure.
    virtual IPluginV2* clone() const = 0;
    //! Sets the namespace of its creator; copies the string.
    virtual void setPluginNamespace(AsciiChar const* pluginNamespace) = 0;
    //! The namespace.
    virtual AsciiChar const* getPluginNamespace() const = 0;

    IPluginV2() = default;
    virtual ~IPluginV2() noexcept = default;

protected:
    IPluginV2(IPluginV2 const&) = default;
    IPluginV2(IPluginV2&&) = default;
    IPluginV2& operator=(IPluginV2 const&) & = default;
    IPluginV2& operator=(IPluginV2&&) & = default;
};

//! IPluginV2 with a type per output, broadcast across the batch, and access to cuDNN and cuBLAS.
class IPluginV2Ext : public IPluginV2 {
public:
    //! Type of output `index`.
    virtual DataType getOutputDataType(int32_t index, DataType const* inputTypes, int32_t nbInputs) const = 0;
    //! Whether output `outputIndex` is one value for the whole batch. Gone in 11; deprecated since 10.0.
    virtual bool isOutputBroadcastAcrossBatch(int32_t /*outputIndex*/, bool const* /*inputIsBroadcasted*/,
                                              int32_t /*nbInputs*/) const {
        return false;
    }
    //! Whether input `inputIndex` may be handed over without replication. Gone in 11; deprecated since 10.0.
    virtual bool canBroadcastInputAcrossBatch(int32_t /*inputIndex*/) const { return false; }
    //! Tells final shapes, types, broadcasts, the format of the float tensors and the largest batch.
    virtual void configurePlugin(Dims const* inputDims, int32_t nbInputs, Dims const* outputDims, int32_t nbOutputs,
                                 DataType const* inputTypes, DataType const* outputTypes, bool const* inputIsBroadcast,
                                 bool const* outputIsBroadcast, PluginFormat floatFormat, int32_t maxBatchSize) = 0;

    IPluginV2Ext() = default;
    ~IPluginV2Ext() override = default;

    //! Hands over the context's library handles (null on a machine without them) and its allocator.
    virtual void attachToContext(cudnnContext* /*cudnn*/, cublasContext* /*cublas*/, IGpuAllocator* /*allocator*/) {}
    //! The context goes; its handles must not be used any more.
    virtual void detachFromContext() {}

    //! A copy with the same state, owned by the caller; null on failure.
    IPluginV2Ext* clone() const override = 0;

protected:
    IPluginV2Ext(IPluginV2Ext const&) = default;
    IPluginV2Ext(IPluginV2Ext&&) = default;
    IPluginV2Ext& operator=(IPluginV2Ext const&) & = default;
    IPluginV2Ext& operator=(IPluginV2Ext&&) & = default;

    TRT_ERA int32_t getTensorRTVersion() const override { return impl::pluginVersion(PluginVersion::kV2_EXT); }

    //! Replaced by configurePlugin().
    void configureWithFormat(Dims const*, int32_t, Dims const*, int32_t, DataType, PluginFormat, int32_t) override {}
};

//! IPluginV2Ext with a type and format per tensor. Since 6.0.
class IPluginV2IOExt : public IPluginV2Ext {
public:
    //! Tells the final shape, type, format and scale of each tensor.
    virtual void configurePlugin(PluginTensorDesc const* in, int32_t nbInput, PluginTensorDesc const* out,
                                 int32_t nbOutput) = 0;
    //! Whether tensor `pos` may have the type and format given in inOut[pos] when the tensors before it, inputs first,
    //! have theirs. Later ones are not to be looked at.
    virtual bool supportsFormatCombination(int32_t pos, PluginTensorDesc const* inOut, int32_t nbInputs,
                                           int32_t nbOutputs) const = 0;

    IPluginV2IOExt() = default;
    ~IPluginV2IOExt() override = default;

protected:
    IPluginV2IOExt(IPluginV2IOExt const&) = default;
    IPluginV2IOExt(IPluginV2IOExt&&) = default;
    IPluginV2IOExt& operator=(IPluginV2IOExt const&) & = default;
    IPluginV2IOExt& operator=(IPluginV2IOExt&&) & = default;

    TRT_ERA int32_t getTensorRTVersion() const override { return impl::pluginVersion(PluginVersion::kV2_IOEXT); }

    //! Replaced by the form with descriptors.
    void configurePlugin(Dims const*, int32_t, Dims const*, int32_t, DataType const*, DataType const*, bool const*,
                         bool const*, PluginFormat, int32_t) override {}
    //! Replaced by supportsFormatCombination().
    bool supportsFormat(DataType, PluginFormat) const override { return false; }
};

//! Makes plugins of one type and version from fields or from serialized bytes. The application implements it, registers
//! it (REGISTER_TENSORRT_PLUGIN) and keeps it alive.
class IPluginCreator : public IPluginCreatorInterface {
public:
    //! Type name of its plugins.
    virtual AsciiChar const* getPluginName() const = 0;
    //! Version of its plugins.
    virtual AsciiChar const* getPluginVersion() const = 0;
    //! The fields that createPlugin() understands; data may be null.
    virtual PluginFieldCollection const* getFieldNames() = 0;
    //! A new plugin for layer `name`, owned by the caller; null on failure.
    virtual IPluginV2* createPlugin(AsciiChar const* name, PluginFieldCollection const* fc) = 0;
    //! The plugin whose serialize() wrote these bytes, owned by the caller; null on failure.
    virtual IPluginV2* deserializePlugin(AsciiChar const* name, void const* serialData, size_t serialLength) = 0;
    //! Sets the namespace under which it is registered; copies the string.
    virtual void setPluginNamespace(AsciiChar const* pluginNamespace) = 0;
    //! The namespace.
    virtual AsciiChar const* getPluginNamespace() const = 0;

    IPluginCreator() = default;
    ~IPluginCreator() override = default;

protected:
    IPluginCreator(IPluginCreator const&) = default;
    IPluginCreator(IPluginCreator&&) = default;
    IPluginCreator& operator=(IPluginCreator const&) & = default;
    IPluginCreator& operator=(IPluginCreator&&) & = default;

public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"PLUGIN CREATOR_V1", 1, 0}; }

    //! Header version of the creator. Until 9.x; the library does not ask it.
    TRT_ERA virtual int32_t getTensorRTVersion() const {
        return static_cast<int32_t>(static_cast<uint32_t>(NV_TENSORRT_VERSION) & 0xFFFFFFU);
    }
};

namespace v_1_0 {
using nvinfer1::IPluginCreator;
}  // namespace v_1_0

}  // namespace nvinfer1

#endif  // NV_INFER_RUNTIME_PLUGIN_H
