// SPDX-License-Identifier: Apache-2.0
//! \file NvInferPythonPlugin.h
//! Plugins that Python functions declare: what the module `tensorrt.plugin` stands on. Since 10.14.
//!
//! The Python binding implements these interfaces; other programs have no use for them.
#ifndef TRT_PYTHON_IMPL_PLUGIN_H
#define TRT_PYTHON_IMPL_PLUGIN_H

#include "../NvInfer.h"

namespace nvinfer1 {

//! Kind of an extra kernel argument.
enum class PluginArgType : int32_t {
    kINT = 0,  //!< Integer.
};

//! Type of an extra kernel argument.
enum class PluginArgDataType : int32_t {
    kINT8 = 0,   //!< 8 bits.
    kINT16 = 1,  //!< 16 bits.
    kINT32 = 2,  //!< 32 bits.
};

//! Which implementation of a plugin is wanted.
enum class QuickPluginCreationRequest : int32_t {
    kUNKNOWN = 0,     //!< No wish.
    kPREFER_JIT = 1,  //!< Called back at run time, else compiled ahead.
    kPREFER_AOT = 2,  //!< Compiled ahead, else called back at run time.
    kSTRICT_JIT = 3,  //!< Only called back at run time.
    kSTRICT_AOT = 4,  //!< Only compiled ahead.
};

//! An integer argument of a kernel, as an expression over dimensions.
class ISymExpr {
public:
    //! Its kind.
    virtual PluginArgType getType() const noexcept = 0;
    //! Its type.
    virtual PluginArgDataType getDataType() const noexcept = 0;
    //! The IDimensionExpr.
    virtual void* getExpr() noexcept = 0;
};

//! Virtual table behind ISymExprs.
class ISymExprsImpl {
public:
    virtual ISymExpr* getSymExpr(int32_t index) const noexcept = 0;
    virtual bool setSymExpr(int32_t index, ISymExpr* symExpr) noexcept = 0;
    virtual int32_t getNbSymExprs() const noexcept = 0;
    virtual bool setNbSymExprs(int32_t count) noexcept = 0;
    virtual ~ISymExprsImpl() noexcept = default;
};

//! The extra arguments of a kernel. Owned by the library.
class ISymExprs {
public:
    //! Argument `index`; null if it was not set.
    ISymExpr* getSymExpr(int32_t index) const noexcept { return mImpl->getSymExpr(index); }
    //! Sets argument `index`. \return Whether the index exists.
    bool setSymExpr(int32_t index, ISymExpr* symExpr) noexcept { return mImpl->setSymExpr(index, symExpr); }
    //! Number of arguments.
    int32_t getNbSymExprs() const noexcept { return mImpl->getNbSymExprs(); }
    //! Sets the number of arguments. \return Whether that worked.
    bool setNbSymExprs(int32_t count) noexcept { return mImpl->setNbSymExprs(count); }

protected:
    ISymExprsImpl* mImpl{nullptr};
    virtual ~ISymExprs() noexcept = default;
};

//! Virtual table behind IKernelLaunchParams.
class IKernelLaunchParamsImpl {
public:
    virtual ISymExpr* getGridX() noexcept = 0;
    virtual bool setGridX(ISymExpr* gridX) noexcept = 0;
    virtual ISymExpr* getGridY() noexcept = 0;
    virtual bool setGridY(ISymExpr* gridY) noexcept = 0;
    virtual ISymExpr* getGridZ() noexcept = 0;
    virtual bool setGridZ(ISymExpr* gridZ) noexcept = 0;
    virtual ISymExpr* getBlockX() noexcept = 0;
    virtual bool setBlockX(ISymExpr* blockX) noexcept = 0;
    virtual ISymExpr* getBlockY() noexcept = 0;
    virtual bool setBlockY(ISymExpr* blockY) noexcept = 0;
    virtual ISymExpr* getBlockZ() noexcept = 0;
    virtual bool setBlockZ(ISymExpr* blockZ) noexcept = 0;
    virtual ISymExpr* getSharedMem() noexcept = 0;
    virtual bool setSharedMem(ISymExpr* sharedMem) noexcept = 0;
    virtual ~IKernelLaunchParamsImpl() noexcept = default;
};

//! Launch size of a kernel compiled ahead, as expressions. Owned by the library. Setters answer whether it worked.
class IKernelLaunchParams {
public:
    ISymExpr* getGridX() noexcept { return mImpl->getGridX(); }                     //!< Blocks along x.
    bool setGridX(ISymExpr* gridX) noexcept { return mImpl->setGridX(gridX); }      //!< Blocks along x.
    ISymExpr* getGridY() noexcept { return mImpl->getGridY(); }                     //!< Blocks along y.
    bool setGridY(ISymExpr* gridY) noexcept { return mImpl->setGridY(gridY); }      //!< Blocks along y.
    ISymExpr* getGridZ() noexcept { return mImpl->getGridZ(); }                     //!< Blocks along z.
    bool setGridZ(ISymExpr* gridZ) noexcept { return mImpl->setGridZ(gridZ); }      //!< Blocks along z.
    ISymExpr* getBlockX() noexcept { return mImpl->getBlockX(); }                   //!< Threads along x.
    bool setBlockX(ISymExpr* blockX) noexcept { return mImpl->setBlockX(blockX); }  //!< Threads along x.
    ISymExpr* getBlockY() noexcept { return mImpl->getBlockY(); }                   //!< Threads along y.
    bool setBlockY(ISymExpr* blockY) noexcept { return mImpl->setBlockY(blockY); }  //!< Threads along y.
    ISymExpr* getBlockZ() noexcept { return mImpl->getBlockZ(); }                   //!< Threads along z.
    bool setBlockZ(ISymExpr* blockZ) noexcept { return mImpl->setBlockZ(blockZ); }  //!< Threads along z.
    ISymExpr* getSharedMem() noexcept { return mImpl->getSharedMem(); }             //!< Bytes of shared memory.
    bool setSharedMem(ISymExpr* sharedMem) noexcept { return mImpl->setSharedMem(sharedMem); }  //!< The same.

protected:
    IKernelLaunchParamsImpl* mImpl{nullptr};
    virtual ~IKernelLaunchParams() noexcept = default;
};

//! Identity, as IPluginV3OneCore.
class IPluginV3QuickCore : public IPluginCapability {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"PLUGIN_V3QUICK_CORE", 1, 0}; }

    //! Type name.
    virtual AsciiChar const* getPluginName() const = 0;
    //! Version.
    virtual AsciiChar const* getPluginVersion() const = 0;
    //! Namespace.
    virtual AsciiChar const* getPluginNamespace() const = 0;
};

//! What the builder asks, as IPluginV3OneBuild but with formats listed instead of tried.
class IPluginV3QuickBuild : public IPluginCapability {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"PLUGIN_V3QUICK_BUILD", 1, 0}; }

    //! Fills the types of the outputs.
    virtual int32_t getOutputDataTypes(DataType* outputTypes, int32_t nbOutputs, DataType const* inputTypes,
                                       int32_t const* inputRanks, int32_t nbInputs) const = 0;
    //! Fills the shapes of the outputs.
    virtual int32_t getOutputShapes(DimsExprs const* inputs, int32_t nbInputs, DimsExprs const* shapeInputs,
                                    int32_t nbShapeInputs, DimsExprs* outputs, int32_t nbOutputs,
                                    IExprBuilder& exprBuilder) = 0;
    //! Tells types, formats and the range of shapes.
    virtual int32_t configurePlugin(impl::DynamicPluginDesc64 const* in, int32_t nbInputs,
                                    impl::DynamicPluginDesc64 const* out, int32_t nbOutputs) = 0;
    //! Number of combinations that getSupportedFormatCombinations() lists.
    virtual int32_t getNbSupportedFormatCombinations(impl::DynamicPluginDesc64 const* inOut, int32_t nbInputs,
                                                     int32_t nbOutputs) = 0;
    //! Fills types and formats of all tensors, combination after combination.
    virtual int32_t getSupportedFormatCombinations(impl::DynamicPluginDesc64 const* inOut, int32_t nbInputs,
                                                   int32_t nbOutputs, impl::PluginDesc64* supportedCombinations,
                                                   int32_t nbFormatCombinations) = 0;
    //! Number of outputs.
    virtual int32_t getNbOutputs() const = 0;

    //! The input that output `outputIndex` is written over, -1 for none.
    virtual int32_t getAliasedInput(int32_t /*outputIndex*/) { return -1; }
    //! Fills the ids of the tactics to time.
    virtual int32_t getValidTactics(int32_t* /*tactics*/, int32_t /*nbTactics*/) { return 0; }
    //! Number of those tactics.
    virtual int32_t getNbTactics() { return 0; }
    //! Key under which the timing cache keeps its tactics; null for none.
    virtual char const* getTimingCacheID() { return nullptr; }
    //! Text for the inspector; null for none.
    virtual char const* getMetadataString() { return nullptr; }
};

//! What the builder asks a plugin whose kernels are compiled ahead.
class IPluginV3QuickAOTBuild : public IPluginV3QuickBuild {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"PLUGIN_V3QUICKAOT_BUILD", 1, 0}; }

    //! Fills launch size and extra arguments.
    virtual int32_t getLaunchParams(DimsExprs const* inputs, impl::DynamicPluginDesc64 const* inOut, int32_t nbInputs,
                                    int32_t nbOutputs, IKernelLaunchParams* launchParams, ISymExprs* extraArgs,
                                    IExprBuilder& exprBuilder) = 0;
    //! Yields name, code and code size of the kernel; valid as long as the plugin.
    virtual int32_t getKernel(impl::PluginDesc64 const* in, int32_t nbInputs, impl::PluginDesc64 const* out,
                              int32_t nbOutputs, char const** kernelName, char** compiledKernel,
                              int32_t* compiledKernelSize) = 0;
    //! Chooses the tactic for the next calls.
    virtual int32_t setTactic(int32_t /*tactic*/) { return 0; }
};

//! What a context asks a plugin that is called back.
class IPluginV3QuickRuntime : public IPluginCapability {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"PLUGIN_V3QUICK_RUNTIME", 1, 0}; }

    //! Chooses the tactic for the next enqueue().
    virtual int32_t setTactic(int32_t /*tactic*/) { return 0; }
    //! Runs the layer on `stream`; strides are in elements.
    virtual int32_t enqueue(impl::PluginDesc64 const* inputDesc, impl::PluginDesc64 const* outputDesc,
                            void const* const* inputs, void* const* outputs, Dims64 const* inputStrides,
                            Dims64 const* outputStrides, int32_t nbInputs, int32_t nbOutputs, cudaStream_t stream) = 0;
    //! What the creator needs to make the same plugin from a plan.
    virtual PluginFieldCollection const* getFieldsToSerialize() = 0;
};

//! Makes these plugins.
class IPluginCreatorV3Quick : public IPluginCreatorInterface {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"PLUGIN CREATOR_V3QUICK", 1, 0}; }

    //! A plugin for layer `name`, owned by the caller; null on failure.
    virtual IPluginV3* createPlugin(AsciiChar const* name, AsciiChar const* nspace, PluginFieldCollection const* fc,
                                    TensorRTPhase phase, QuickPluginCreationRequest quickPluginCreationRequest) = 0;
    //! The fields that createPlugin() understands.
    virtual PluginFieldCollection const* getFieldNames() = 0;
    //! Type name of its plugins.
    virtual AsciiChar const* getPluginName() const = 0;
    //! Version of its plugins.
    virtual AsciiChar const* getPluginVersion() const = 0;
    //! Namespace of its plugins.
    virtual AsciiChar const* getPluginNamespace() const = 0;

    IPluginCreatorV3Quick() = default;
    virtual ~IPluginCreatorV3Quick() = default;

protected:
    IPluginCreatorV3Quick(IPluginCreatorV3Quick const&) = default;
    IPluginCreatorV3Quick(IPluginCreatorV3Quick&&) = default;
    IPluginCreatorV3Quick& operator=(IPluginCreatorV3Quick const&) & = default;
    IPluginCreatorV3Quick& operator=(IPluginCreatorV3Quick&&) & = default;
};

namespace v_1_0 {
using nvinfer1::IPluginCreatorV3Quick;
using nvinfer1::IPluginV3QuickAOTBuild;
using nvinfer1::IPluginV3QuickBuild;
using nvinfer1::IPluginV3QuickCore;
using nvinfer1::IPluginV3QuickRuntime;
}  // namespace v_1_0

}  // namespace nvinfer1

#endif  // TRT_PYTHON_IMPL_PLUGIN_H
