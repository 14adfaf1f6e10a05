// SPDX-License-Identifier: Apache-2.0
//! \file NvInferPluginDynamic.h
//! Plugins of generation 2 with shapes known at run time, and the expressions they compute shapes with.
//! Part of NvInferRuntime.h.
#ifndef NV_INFER_PLUGIN_DYNAMIC_H
#define NV_INFER_PLUGIN_DYNAMIC_H

#include "NvInferRuntimeTypes.h"

namespace nvinfer1 {

//! An integer expression over the dimensions of a plugin's inputs. Made by an IExprBuilder, which owns it. Since 6.0.
class IDimensionExpr : public INoCopy {
public:
    //! Whether the value is known while the network is built.
    bool isConstant() const noexcept { return mImpl->isConstant(); }
    //! That value; the smallest int64 if it is not known.
    int64_t getConstantValue() const noexcept { return mImpl->getConstantValue(); }

protected:
    apiv::VDimensionExpr* mImpl{nullptr};
    virtual ~IDimensionExpr() noexcept = default;

public:
    //! Whether it is a size that the plugin itself yields at run time, see IExprBuilder::declareSizeTensor().
    //! Since 10.0.
    bool isSizeTensor() const noexcept { return mImpl->isSizeTensor(); }
};

//! Makes dimension expressions during one call of a plugin; all it makes stay valid for that call. Since 6.0.
class IExprBuilder : public INoCopy {
public:
    //! A constant.
    IDimensionExpr const* constant(int64_t value) noexcept { return mImpl->constant(value); }
    //! `first` op `second`; null when op has no meaning.
    IDimensionExpr const* operation(DimensionOperation op, IDimensionExpr const& first,
                                    IDimensionExpr const& second) noexcept {
        return mImpl->operation(op, first, second);
    }

protected:
    apiv::VExprBuilder* mImpl{nullptr};
    virtual ~IExprBuilder() noexcept = default;

public:
    //! A size known only after enqueue(): output `outputIndex`, a scalar INT32 or INT64 tensor, holds it. `opt` is what
    //! tactics are chosen for, `upper` its bound. IPluginV3 only. Since 10.0.
    IDimensionExpr const* declareSizeTensor(int32_t outputIndex, IDimensionExpr const& opt,
                                            IDimensionExpr const& upper) {
        return mImpl->declareSizeTensor(outputIndex, opt, upper);
    }
};

//! A shape made of expressions.
class DimsExprs {
public:
    int32_t nbDims;                           //!< Rank.
    IDimensionExpr const* d[Dims::MAX_DIMS];  //!< Extents.
};

//! A plugin tensor whose shape may vary.
struct DynamicPluginTensorDesc {
    PluginTensorDesc desc;  //!< Shape with -1 where it varies, type, format, scale.
    Dims min;               //!< Smallest shape.
    Dims max;               //!< Largest shape.
#if NV_TENSORRT_COMPAT_MAJOR >= 10
    Dims opt;  //!< Shape that tactics are chosen for. Since 10.0.
#endif
};

namespace impl {
#if NV_TENSORRT_COMPAT_MAJOR >= 10
using DynamicPluginDesc64 = DynamicPluginTensorDesc;  //!< The form that IPluginV3 objects receive in every era.
#else
//! The form that IPluginV3 objects receive in every era.
struct DynamicPluginDesc64 {
    PluginDesc64 desc;  //!< Shape with -1 where it varies, type, format, scale.
    Dims64 min;         //!< Smallest shape.
    Dims64 max;         //!< Largest shape.
    Dims64 opt;         //!< Shape that tactics are chosen for.
};
#endif
}  // namespace impl

//! A plugin whose shapes are fixed only at run time. Since 6.0; deprecated since 10.0 in favour of IPluginV3.
class IPluginV2DynamicExt : public IPluginV2Ext {
public:
    //! A copy with the same state, owned by the caller; null on failure.
    IPluginV2DynamicExt* clone() const override = 0;

    //! Shape of output `outputIndex` as expressions over the input shapes.
    virtual DimsExprs getOutputDimensions(int32_t outputIndex, DimsExprs const* inputs, int32_t nbInputs,
                                          IExprBuilder& exprBuilder) = 0;

    static constexpr int32_t kFORMAT_COMBINATION_LIMIT = 100;  //!< Most combinations that the builder asks for.

    //! Whether tensor `pos` may have the type and format in inOut[pos] when those before it, inputs first, have theirs.
    virtual bool supportsFormatCombination(int32_t pos, PluginTensorDesc const* inOut, int32_t nbInputs,
                                           int32_t nbOutputs) = 0;
    //! Tells types, formats and the range of shapes: while building per profile, at run time before each use of new
    //! shapes.
    virtual void configurePlugin(DynamicPluginTensorDesc const* in, int32_t nbInputs,
                                 DynamicPluginTensorDesc const* out, int32_t nbOutputs) = 0;
    //! Bytes of scratch memory for these shapes.
    virtual size_t getWorkspaceSize(PluginTensorDesc const* inputs, int32_t nbInputs, PluginTensorDesc const* outputs,
                                    int32_t nbOutputs) const = 0;
    //! Runs the layer on `stream`; pointers are device memory. \return 0 on success.
    virtual int32_t enqueue(PluginTensorDesc const* inputDesc, PluginTensorDesc const* outputDesc,
                            void const* const* inputs, void* const* outputs, void* workspace, cudaStream_t stream) = 0;

protected:
    TRT_ERA int32_t getTensorRTVersion() const override { return impl::pluginVersion(PluginVersion::kV2_DYNAMICEXT); }
    virtual ~IPluginV2DynamicExt() noexcept {}

    // What generation 2 with static shapes asks is answered here and never used.
    void configurePlugin(Dims const*, int32_t, Dims const*, int32_t, DataType const*, DataType const*, bool const*,
                         bool const*, PluginFormat, int32_t) override {}
    bool supportsFormat(DataType, PluginFormat) const override { return false; }
    Dims getOutputDimensions(int32_t, Dims const*, int32_t) override {
        Dims invalid{};
        invalid.nbDims = -1;
        return invalid;
    }
    bool isOutputBroadcastAcrossBatch(int32_t, bool const*, int32_t) const override { return false; }
    bool canBroadcastInputAcrossBatch(int32_t) const override { return true; }
    size_t getWorkspaceSize(int32_t) const override { return 0; }
    int32_t enqueue(int32_t, void const* const*, impl::PluginOutputs, void*, cudaStream_t) override { return 1; }
};

}  // namespace nvinfer1

#endif  // NV_INFER_PLUGIN_DYNAMIC_H
