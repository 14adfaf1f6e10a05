// SPDX-License-Identifier: Apache-2.0
//! \file NvInferPluginV3.h
//! The capabilities of IPluginV3 and its creator. Part of NvInferRuntime.h. Since 10.0.
//!
//! Functions that answer int32_t answer 0 on success. Each clone is used by one thread at a time.
#ifndef NV_INFER_PLUGIN_V3_H
#define NV_INFER_PLUGIN_V3_H

#include "NvInferPluginDynamic.h"

namespace nvinfer1 {

//! What a context offers to its plugins. Made by the library.
class IPluginResourceContext {
public:
    //! The context's allocator, owned by it; valid while the plugin is attached.
    virtual IGpuAllocator* getGpuAllocator() const noexcept = 0;
    //! The context's error recorder; null if there is none.
    virtual IErrorRecorder* getErrorRecorder() const noexcept = 0;

    virtual ~IPluginResourceContext() noexcept = default;

protected:
    IPluginResourceContext() = default;
    IPluginResourceContext(IPluginResourceContext const&) = default;
    IPluginResourceContext(IPluginResourceContext&&) = default;
    IPluginResourceContext& operator=(IPluginResourceContext const&) & = default;
    IPluginResourceContext& operator=(IPluginResourceContext&&) & = default;
};

//! Identity of a plugin: must equal that of its creator.
class IPluginV3OneCore : public IPluginCapability {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"PLUGIN_V3ONE_CORE", 1, 0}; }

    //! Type name.
    virtual AsciiChar const* getPluginName() const = 0;
    //! Version.
    virtual AsciiChar const* getPluginVersion() const = 0;
    //! Namespace.
    virtual AsciiChar const* getPluginNamespace() const = 0;
};

//! What the builder asks a plugin.
class IPluginV3OneBuild : public IPluginCapability {
public:
    static constexpr int32_t kDEFAULT_FORMAT_COMBINATION_LIMIT = 100;  //!< See getFormatCombinationLimit().

    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"PLUGIN_V3ONE_BUILD", 1, 0}; }

    //! Tells types, formats and the range of shapes, before tactics are timed.
    virtual int32_t configurePlugin(impl::DynamicPluginDesc64 const* in, int32_t nbInputs,
                                    impl::DynamicPluginDesc64 const* out, int32_t nbOutputs) = 0;
    //! Fills the types of the outputs.
    virtual int32_t getOutputDataTypes(DataType* outputTypes, int32_t nbOutputs, DataType const* inputTypes,
                                       int32_t nbInputs) const = 0;
    //! Fills the shapes of the outputs; `shapeInputs` are the values of the shape tensor inputs.
    virtual int32_t getOutputShapes(DimsExprs const* inputs, int32_t nbInputs, DimsExprs const* shapeInputs,
                                    int32_t nbShapeInputs, DimsExprs* outputs, int32_t nbOutputs,
                                    IExprBuilder& exprBuilder) = 0;
    //! Whether tensor `pos` may have the type and format in inOut[pos] when those before it, inputs first, have theirs.
    virtual bool supportsFormatCombination(int32_t pos, impl::DynamicPluginDesc64 const* inOut, int32_t nbInputs,
                                           int32_t nbOutputs) = 0;
    //! Number of outputs.
    virtual int32_t getNbOutputs() const = 0;

    //! Bytes of scratch memory, enough for all shapes in the range.
    virtual size_t getWorkspaceSize(impl::DynamicPluginDesc64 const* /*inputs*/, int32_t /*nbInputs*/,
                                    impl::DynamicPluginDesc64 const* /*outputs*/, int32_t /*nbOutputs*/) const {
        return 0;
    }
    //! Fills the ids, all positive, of the tactics to time for the current formats.
    virtual int32_t getValidTactics(int32_t* /*tactics*/, int32_t /*nbTactics*/) { return 0; }
    //! Number of those tactics; 0 for none of its own.
    virtual int32_t getNbTactics() { return 0; }
    //! Key under which the timing cache keeps its tactics; null to time again in every build.
    virtual char const* getTimingCacheID() { return nullptr; }
    //! Most format combinations that are timed.
    virtual int32_t getFormatCombinationLimit() { return kDEFAULT_FORMAT_COMBINATION_LIMIT; }
    //! Text for the inspector; null for none.
    virtual char const* getMetadataString() { return nullptr; }
};

//! What a context asks a plugin.
class IPluginV3OneRuntime : public IPluginCapability {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"PLUGIN_V3ONE_RUNTIME", 1, 0}; }

    //! Chooses the tactic for the next enqueue(); 0 is the default one.
    virtual int32_t setTactic(int32_t /*tactic*/) { return 0; }
    //! Tells the shapes of the next enqueue().
    virtual int32_t onShapeChange(impl::PluginDesc64 const* in, int32_t nbInputs, impl::PluginDesc64 const* out,
                                  int32_t nbOutputs) = 0;
    //! Runs the layer on `stream`; pointers are device memory.
    virtual int32_t enqueue(impl::PluginDesc64 const* inputDesc, impl::PluginDesc64 const* outputDesc,
                            void const* const* inputs, void* const* outputs, void* workspace, cudaStream_t stream) = 0;
    //! A clone bound to a context, deleted by it; null on failure.
    virtual IPluginV3* attachToContext(IPluginResourceContext* context) = 0;
    //! What the creator needs to make the same plugin from a plan; valid until the next call.
    virtual PluginFieldCollection const* getFieldsToSerialize() = 0;
};

namespace v_2_0 {
//! Build capability whose outputs may share the memory of inputs. Since 10.3.
class IPluginV3OneBuild : public nvinfer1::IPluginV3OneBuild {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"PLUGIN_V3ONE_BUILD", 2, 0}; }

    //! The input that output `outputIndex` is written over, -1 for none. Needs
    //! PreviewFeature::kALIASED_PLUGIN_IO_10_03.
    virtual int32_t getAliasedInput(int32_t /*outputIndex*/) { return -1; }
};
}  // namespace v_2_0
using IPluginV3OneBuildV2 = v_2_0::IPluginV3OneBuild;  //!< Build capability with aliased outputs.

//! Makes IPluginV3 objects of one name and version. Registered like IPluginCreator.
class IPluginCreatorV3One : public IPluginCreatorInterface {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"PLUGIN CREATOR_V3ONE", 1, 0}; }

    //! A plugin for layer `name`, owned by the caller; null on failure. At run time `fc` is what
    //! getFieldsToSerialize() gave.
    virtual IPluginV3* createPlugin(AsciiChar const* name, PluginFieldCollection const* fc, TensorRTPhase phase) = 0;
    //! The fields that createPlugin() understands.
    virtual PluginFieldCollection const* getFieldNames() = 0;
    //! Type name of its plugins.
    virtual AsciiChar const* getPluginName() const = 0;
    //! Version of its plugins.
    virtual AsciiChar const* getPluginVersion() const = 0;
    //! Namespace of its plugins.
    virtual AsciiChar const* getPluginNamespace() const = 0;

    IPluginCreatorV3One() = default;
    virtual ~IPluginCreatorV3One() = default;

protected:
    IPluginCreatorV3One(IPluginCreatorV3One const&) = default;
    IPluginCreatorV3One(IPluginCreatorV3One&&) = default;
    IPluginCreatorV3One& operator=(IPluginCreatorV3One const&) & = default;
    IPluginCreatorV3One& operator=(IPluginCreatorV3One&&) & = default;
};

namespace v_1_0 {
using nvinfer1::IPluginCreatorV3One;
using nvinfer1::IPluginV3OneBuild;
using nvinfer1::IPluginV3OneCore;
using nvinfer1::IPluginV3OneRuntime;
}  // namespace v_1_0

}  // namespace nvinfer1

#endif  // NV_INFER_PLUGIN_V3_H
