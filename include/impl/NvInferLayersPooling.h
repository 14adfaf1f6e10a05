// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLayersPooling.h
//! Window layers without trained values: pooling, spatial padding, local response normalization; and the hook of old
//! programs that computes window counts.
#ifndef NV_INFER_LAYERS_POOLING_H
#define NV_INFER_LAYERS_POOLING_H

#include "NvInferLayersConvolution.h"

namespace nvinfer1 {

//! What a pooling window yields.
enum class PoolingType : int32_t {
    kMAX = 0,                //!< The largest element.
    kAVERAGE = 1,            //!< The mean.
    kMAX_AVERAGE_BLEND = 2,  //!< (1 - blendFactor) * max + blendFactor * mean.
};

//! Pooling over 2 or 3 spatial dimensions.
//! Input: (N, C, spatial...). Output: (N, C, spatial'...), of the input's type; see PaddingMode for spatial'.
class IPoolingLayer : public ILayer {
public:
    //! Sets what a window yields.
    void setPoolingType(PoolingType type) noexcept { mImpl->setPoolingType(type); }
    //! \return what a window yields.
    PoolingType getPoolingType() const noexcept { return mImpl->getPoolingType(); }

    //! Sets the share of the mean in kMAX_AVERAGE_BLEND, 0 to 1. Ignored by the other types.
    void setBlendFactor(float blendFactor) noexcept { mImpl->setBlendFactor(blendFactor); }
    //! \return the share of the mean in kMAX_AVERAGE_BLEND, 0 to 1.
    float getBlendFactor() const noexcept { return mImpl->getBlendFactor(); }

    //! Sets whether a mean divides by the number of elements that are not padding; true by default.
    void setAverageCountExcludesPadding(bool exclusive) noexcept { mImpl->setAverageCountExcludesPadding(exclusive); }
    //! \return whether a mean divides by the number of elements that are not padding.
    bool getAverageCountExcludesPadding() const noexcept { return mImpl->getAverageCountExcludesPadding(); }

    //! Sets the padding in front of each spatial dimension; 0 by default.
    void setPrePadding(impl::DimsArg padding) noexcept { mImpl->setPrePadding(impl::toDims64(padding)); }
    //! \return the padding in front of each spatial dimension.
    TRT_ERA Dims getPrePadding() const noexcept { return impl::fromDims64(mImpl->getPrePadding()); }

    //! Sets the padding behind each spatial dimension; 0 by default.
    void setPostPadding(impl::DimsArg padding) noexcept { mImpl->setPostPadding(impl::toDims64(padding)); }
    //! \return the padding behind each spatial dimension.
    TRT_ERA Dims getPostPadding() const noexcept { return impl::fromDims64(mImpl->getPostPadding()); }

    //! Sets the rule that gives the output size; kEXPLICIT_ROUND_DOWN by default.
    void setPaddingMode(PaddingMode paddingMode) noexcept { mImpl->setPaddingMode(paddingMode); }
    //! \return the rule that gives the output size.
    PaddingMode getPaddingMode() const noexcept { return mImpl->getPaddingMode(); }

    //! Sets the extents of the window, one per spatial dimension. Since 6.0.
    void setWindowSizeNd(impl::DimsArg windowSize) noexcept { mImpl->setWindowSizeNd(impl::toDims64(windowSize)); }
    //! \return the extents of the window, one per spatial dimension. Since 6.0.
    TRT_ERA Dims getWindowSizeNd() const noexcept { return impl::fromDims64(mImpl->getWindowSizeNd()); }

    //! Sets the steps between windows; 1 by default. Since 6.0.
    void setStrideNd(impl::DimsArg stride) noexcept { mImpl->setStrideNd(impl::toDims64(stride)); }
    //! \return the steps between windows. Since 6.0.
    TRT_ERA Dims getStrideNd() const noexcept { return impl::fromDims64(mImpl->getStrideNd()); }

    //! Sets the same padding in front and behind. The getter's result is meaningless when the two differ. Since 6.0.
    void setPaddingNd(impl::DimsArg padding) noexcept { mImpl->setPaddingNd(impl::toDims64(padding)); }
    //! \return the same padding in front and behind. Since 6.0.
    TRT_ERA Dims getPaddingNd() const noexcept { return impl::fromDims64(mImpl->getPaddingNd()); }

    //! Sets the extents of the window, height and width. Until 9.x; use setWindowSizeNd().
    TRT_DEPRECATED TRT_ERA void setWindowSize(DimsHW size) noexcept { setWindowSizeNd(size); }
    //! \return the extents of the window, height and width. Until 9.x.
    TRT_DEPRECATED TRT_ERA DimsHW getWindowSize() const noexcept { return impl::toDimsHW(getWindowSizeNd()); }

    //! Sets the steps, height and width. Until 9.x; use setStrideNd().
    TRT_DEPRECATED TRT_ERA void setStride(DimsHW size) noexcept { setStrideNd(size); }
    //! \return the steps, height and width. Until 9.x.
    TRT_DEPRECATED TRT_ERA DimsHW getStride() const noexcept { return impl::toDimsHW(getStrideNd()); }

    //! Sets the padding, height and width. Until 9.x; use setPaddingNd().
    TRT_DEPRECATED TRT_ERA void setPadding(DimsHW size) noexcept { setPaddingNd(size); }
    //! \return the padding, height and width. Until 9.x.
    TRT_DEPRECATED TRT_ERA DimsHW getPadding() const noexcept { return impl::toDimsHW(getPaddingNd()); }

protected:
    virtual ~IPoolingLayer() noexcept = default;
    apiv::VPoolingLayer* mImpl;
};

//! Adds zeros to, or cuts, the last two dimensions.
//! Input: (..., H, W). Output: (..., preH + H + postH, preW + W + postW). New code may use ISliceLayer, which pads
//! with any value.
class IPaddingLayer : public ILayer {
public:
    //! Sets what is added in front of the two dimensions; negative values cut. Since 7.0.
    void setPrePaddingNd(impl::DimsArg padding) noexcept { mImpl->setPrePaddingNd(impl::toDims64(padding)); }
    //! \return what is added in front of the two dimensions. Since 7.0.
    TRT_ERA Dims getPrePaddingNd() const noexcept { return impl::fromDims64(mImpl->getPrePaddingNd()); }

    //! Sets what is added behind the two dimensions; negative values cut. Since 7.0.
    void setPostPaddingNd(impl::DimsArg padding) noexcept { mImpl->setPostPaddingNd(impl::toDims64(padding)); }
    //! \return what is added behind the two dimensions. Since 7.0.
    TRT_ERA Dims getPostPaddingNd() const noexcept { return impl::fromDims64(mImpl->getPostPaddingNd()); }

    //! Sets what is added in front, height and width. Until 9.x; use setPrePaddingNd().
    TRT_DEPRECATED TRT_ERA void setPrePadding(DimsHW size) noexcept { setPrePaddingNd(size); }
    //! \return what is added in front, height and width. Until 9.x.
    TRT_DEPRECATED TRT_ERA DimsHW getPrePadding() const noexcept { return impl::toDimsHW(getPrePaddingNd()); }

    //! Sets what is added behind, height and width. Until 9.x; use setPostPaddingNd().
    TRT_DEPRECATED TRT_ERA void setPostPadding(DimsHW size) noexcept { setPostPaddingNd(size); }
    //! \return what is added behind, height and width. Until 9.x.
    TRT_DEPRECATED TRT_ERA DimsHW getPostPadding() const noexcept { return impl::toDimsHW(getPostPaddingNd()); }

protected:
    virtual ~IPaddingLayer() noexcept = default;
    apiv::VPaddingLayer* mImpl;
};

//! Local response normalization across channels.
//! Input and output: (N, C, spatial...). y[c] = x[c] / (k + alpha / window * sum of x[j]^2 over the window of channels
//! around c)^beta.
class ILRNLayer : public ILayer {
public:
    //! Sets the number of channels in the window; odd, 1 to 15.
    void setWindowSize(int64_t windowSize) noexcept { mImpl->setWindowSize(windowSize); }
    //! \return the number of channels in the window.
    int64_t getWindowSize() const noexcept { return mImpl->getWindowSize(); }

    //! Sets alpha, -1e20 to 1e20.
    void setAlpha(float alpha) noexcept { mImpl->setAlpha(alpha); }
    //! \return alpha, -1e20 to 1e20.
    float getAlpha() const noexcept { return mImpl->getAlpha(); }

    //! Sets beta, 0.01 to 1e5.
    void setBeta(float beta) noexcept { mImpl->setBeta(beta); }
    //! \return beta, 0.01 to 1e5.
    float getBeta() const noexcept { return mImpl->getBeta(); }

    //! Sets k, 1e-5 to 1e10.
    void setK(float k) noexcept { mImpl->setK(k); }
    //! \return k, 1e-5 to 1e10.
    float getK() const noexcept { return mImpl->getK(); }

protected:
    virtual ~ILRNLayer() noexcept = default;
    apiv::VLRNLayer* mImpl;
};

//! Implemented by the user (5.x to 7.x): computes the spatial output size of convolutions or poolings of a network.
class IOutputDimensionsFormula {
public:
    //! \return the height and width of the output.
    //! \param inputDims height and width of the input; the other extents are those of the layer `layerName`.
    virtual DimsHW compute(DimsHW inputDims, DimsHW kernelSize, DimsHW stride, DimsHW padding, DimsHW dilation,
                           char const* layerName) const = 0;

    virtual ~IOutputDimensionsFormula() = default;
};

namespace impl {
template <>
struct EnumMaxImpl<PoolingType> : EnumCount<3> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_LAYERS_POOLING_H
