// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLayersConvolution.h
//! Layers with trained kernels: convolution, transposed convolution and the dense layer.
#ifndef NV_INFER_LAYERS_CONVOLUTION_H
#define NV_INFER_LAYERS_CONVOLUTION_H

#include "NvInferTensor.h"

namespace nvinfer1 {

//! How padding and window positions give the output size of a convolution or pooling. I, O: input and output extent,
//! K: window, dilated, S: stride, P: pre- plus post-padding.
enum class PaddingMode : int32_t {
    //! O = floor((I + P - K) / S) + 1.
    kEXPLICIT_ROUND_DOWN = 0,
    //! O = ceil((I + P - K) / S) + 1.
    kEXPLICIT_ROUND_UP = 1,
    //! O = ceil(I / S); the paddings are ignored, an odd total puts the larger half behind.
    kSAME_UPPER = 2,
    //! The same with the larger half in front.
    kSAME_LOWER = 3,
    //! Caffe's rule with rounding down, until 9.x.
    kCAFFE_ROUND_DOWN TRT_DEPRECATED_ENUM = 4,
    //! Caffe's rule with rounding up and no window that starts in the padding, until 9.x.
    kCAFFE_ROUND_UP TRT_DEPRECATED_ENUM = 5,
};

//! Convolution over 2 or 3 spatial dimensions.
//! Input 0: (N, C, spatial...), float or quantized. Input 1, optional: the kernel as a tensor, (M, C / groups,
//! kernel...), instead of weights. Input 2, optional: the bias, (M).
//! Output: (N, M, spatial'...), of the input's type. y[n,m,p] = bias[m] + sum over c,k of w[m,c,k] * x[n,c, p*stride -
//! prePadding + k*dilation].
class IConvolutionLayer : public ILayer {
public:
    //! Sets the number M of output channels, at least 1.
    void setNbOutputMaps(int64_t nbOutputMaps) noexcept { mImpl->setNbOutputMaps(nbOutputMaps); }
    //! \return the number M of output channels, at least 1.
    int64_t getNbOutputMaps() const noexcept { return mImpl->getNbOutputMaps(); }

    //! Sets the number of groups; it divides C and M. With C groups the convolution is depthwise. 1 by default.
    void setNbGroups(int64_t nbGroups) noexcept { mImpl->setNbGroups(nbGroups); }
    //! \return the number of groups.
    int64_t getNbGroups() const noexcept { return mImpl->getNbGroups(); }

    //! Sets the kernel, M * C / groups * kernel elements in that order. The values are not copied: keep them until the
    //! engine is built. Empty when the kernel is input 1.
    void setKernelWeights(Weights weights) noexcept { mImpl->setKernelWeights(weights); }
    //! \return the kernel, M * C / groups * kernel elements in that order.
    Weights getKernelWeights() const noexcept { return mImpl->getKernelWeights(); }

    //! Sets the bias, M elements or none. The values are not copied.
    void setBiasWeights(Weights weights) noexcept { mImpl->setBiasWeights(weights); }
    //! \return the bias, M elements or none.
    Weights getBiasWeights() const noexcept { return mImpl->getBiasWeights(); }

    //! Sets the zeros in front of each spatial dimension; 0 by default.
    void setPrePadding(impl::DimsArg padding) noexcept { mImpl->setPrePadding(impl::toDims64(padding)); }
    //! \return the zeros in front of each spatial dimension.
    TRT_ERA Dims getPrePadding() const noexcept { return impl::fromDims64(mImpl->getPrePadding()); }

    //! Sets the zeros behind each spatial dimension; 0 by default.
    void setPostPadding(impl::DimsArg padding) noexcept { mImpl->setPostPadding(impl::toDims64(padding)); }
    //! \return the zeros behind each spatial dimension.
    TRT_ERA Dims getPostPadding() const noexcept { return impl::fromDims64(mImpl->getPostPadding()); }

    //! Sets the rule that gives the output size; kEXPLICIT_ROUND_DOWN by default.
    void setPaddingMode(PaddingMode paddingMode) noexcept { mImpl->setPaddingMode(paddingMode); }
    //! \return the rule that gives the output size.
    PaddingMode getPaddingMode() const noexcept { return mImpl->getPaddingMode(); }

    //! Sets the extents of the kernel, one per spatial dimension. Since 6.0.
    void setKernelSizeNd(impl::DimsArg kernelSize) noexcept { mImpl->setKernelSizeNd(impl::toDims64(kernelSize)); }
    //! \return the extents of the kernel, one per spatial dimension. Since 6.0.
    TRT_ERA Dims getKernelSizeNd() const noexcept { return impl::fromDims64(mImpl->getKernelSizeNd()); }

    //! Sets the steps between output positions; 1 by default. Since 6.0.
    void setStrideNd(impl::DimsArg stride) noexcept { mImpl->setStrideNd(impl::toDims64(stride)); }
    //! \return the steps between output positions. Since 6.0.
    TRT_ERA Dims getStrideNd() const noexcept { return impl::fromDims64(mImpl->getStrideNd()); }

    //! Sets the same padding in front and behind. The getter's result is meaningless when the two differ. Since 6.0.
    void setPaddingNd(impl::DimsArg padding) noexcept { mImpl->setPaddingNd(impl::toDims64(padding)); }
    //! \return the same padding in front and behind. Since 6.0.
    TRT_ERA Dims getPaddingNd() const noexcept { return impl::fromDims64(mImpl->getPaddingNd()); }

    //! Sets the distance between kernel elements; 1 by default. Since 6.0.
    void setDilationNd(impl::DimsArg dilation) noexcept { mImpl->setDilationNd(impl::toDims64(dilation)); }
    //! \return the distance between kernel elements. Since 6.0.
    TRT_ERA Dims getDilationNd() const noexcept { return impl::fromDims64(mImpl->getDilationNd()); }

    //! Sets the extents of the kernel, height and width. Until 9.x; use setKernelSizeNd().
    TRT_DEPRECATED TRT_ERA void setKernelSize(DimsHW size) noexcept { setKernelSizeNd(size); }
    //! \return the extents of the kernel, height and width. Until 9.x.
    TRT_DEPRECATED TRT_ERA DimsHW getKernelSize() const noexcept { return impl::toDimsHW(getKernelSizeNd()); }

    //! Sets the steps, height and width. Until 9.x; use setStrideNd().
    TRT_DEPRECATED TRT_ERA void setStride(DimsHW size) noexcept { setStrideNd(size); }
    //! \return the steps, height and width. Until 9.x.
    TRT_DEPRECATED TRT_ERA DimsHW getStride() const noexcept { return impl::toDimsHW(getStrideNd()); }

    //! Sets the padding, height and width. Until 9.x; use setPaddingNd().
    TRT_DEPRECATED TRT_ERA void setPadding(DimsHW size) noexcept { setPaddingNd(size); }
    //! \return the padding, height and width. Until 9.x.
    TRT_DEPRECATED TRT_ERA DimsHW getPadding() const noexcept { return impl::toDimsHW(getPaddingNd()); }

    //! Sets the distance between kernel elements, height and width. Until 9.x; use setDilationNd().
    TRT_DEPRECATED TRT_ERA void setDilation(DimsHW size) noexcept { setDilationNd(size); }
    //! \return the distance between kernel elements, height and width. Until 9.x.
    TRT_DEPRECATED TRT_ERA DimsHW getDilation() const noexcept { return impl::toDimsHW(getDilationNd()); }

protected:
    virtual ~IConvolutionLayer() noexcept = default;
    apiv::VConvolutionLayer* mImpl;
};

//! Transposed convolution over 2 or 3 spatial dimensions: the gradient of a convolution with regard to its input.
//! Input 0: (N, C, spatial...). Input 1, optional: the kernel as a tensor, (C, M / groups, kernel...), instead of
//! weights. Input 2, optional: the bias, (M).
//! Output: (N, M, spatial'...), spatial' = (spatial - 1) * stride + (kernel - 1) * dilation + 1 - prePadding -
//! postPadding.
class IDeconvolutionLayer : public ILayer {
public:
    //! Sets the number M of output channels, at least 1.
    void setNbOutputMaps(int64_t nbOutputMaps) noexcept { mImpl->setNbOutputMaps(nbOutputMaps); }
    //! \return the number M of output channels, at least 1.
    int64_t getNbOutputMaps() const noexcept { return mImpl->getNbOutputMaps(); }

    //! Sets the number of groups; it divides C and M. 1 by default.
    void setNbGroups(int64_t nbGroups) noexcept { mImpl->setNbGroups(nbGroups); }
    //! \return the number of groups.
    int64_t getNbGroups() const noexcept { return mImpl->getNbGroups(); }

    //! Sets the kernel, C * M / groups * kernel elements in that order. The values are not copied: keep them until the
    //! engine is built. Empty when the kernel is input 1.
    void setKernelWeights(Weights weights) noexcept { mImpl->setKernelWeights(weights); }
    //! \return the kernel, C * M / groups * kernel elements in that order.
    Weights getKernelWeights() const noexcept { return mImpl->getKernelWeights(); }

    //! Sets the bias, M elements or none. The values are not copied.
    void setBiasWeights(Weights weights) noexcept { mImpl->setBiasWeights(weights); }
    //! \return the bias, M elements or none.
    Weights getBiasWeights() const noexcept { return mImpl->getBiasWeights(); }

    //! Sets what is cut off in front of each spatial dimension; 0 by default.
    void setPrePadding(impl::DimsArg padding) noexcept { mImpl->setPrePadding(impl::toDims64(padding)); }
    //! \return what is cut off in front of each spatial dimension.
    TRT_ERA Dims getPrePadding() const noexcept { return impl::fromDims64(mImpl->getPrePadding()); }

    //! Sets what is cut off behind each spatial dimension; 0 by default.
    void setPostPadding(impl::DimsArg padding) noexcept { mImpl->setPostPadding(impl::toDims64(padding)); }
    //! \return what is cut off behind each spatial dimension.
    TRT_ERA Dims getPostPadding() const noexcept { return impl::fromDims64(mImpl->getPostPadding()); }

    //! Sets the rule that gives the output size; kEXPLICIT_ROUND_DOWN by default.
    void setPaddingMode(PaddingMode paddingMode) noexcept { mImpl->setPaddingMode(paddingMode); }
    //! \return the rule that gives the output size.
    PaddingMode getPaddingMode() const noexcept { return mImpl->getPaddingMode(); }

    //! Sets the extents of the kernel, one per spatial dimension. Since 6.0.
    void setKernelSizeNd(impl::DimsArg kernelSize) noexcept { mImpl->setKernelSizeNd(impl::toDims64(kernelSize)); }
    //! \return the extents of the kernel, one per spatial dimension. Since 6.0.
    TRT_ERA Dims getKernelSizeNd() const noexcept { return impl::fromDims64(mImpl->getKernelSizeNd()); }

    //! Sets the steps between the places of neighbouring inputs; 1 by default. Since 6.0.
    void setStrideNd(impl::DimsArg stride) noexcept { mImpl->setStrideNd(impl::toDims64(stride)); }
    //! \return the steps between the places of neighbouring inputs. Since 6.0.
    TRT_ERA Dims getStrideNd() const noexcept { return impl::fromDims64(mImpl->getStrideNd()); }

    //! Sets the same cut in front and behind. The getter's result is meaningless when the two differ. Since 6.0.
    void setPaddingNd(impl::DimsArg padding) noexcept { mImpl->setPaddingNd(impl::toDims64(padding)); }
    //! \return the same cut in front and behind. Since 6.0.
    TRT_ERA Dims getPaddingNd() const noexcept { return impl::fromDims64(mImpl->getPaddingNd()); }

    //! Sets the distance between kernel elements; 1 by default. Since 7.1.
    void setDilationNd(impl::DimsArg dilation) noexcept { mImpl->setDilationNd(impl::toDims64(dilation)); }
    //! \return the distance between kernel elements. Since 7.1.
    TRT_ERA Dims getDilationNd() const noexcept { return impl::fromDims64(mImpl->getDilationNd()); }

    //! Sets the extents of the kernel, height and width. Until 9.x; use setKernelSizeNd().
    TRT_DEPRECATED TRT_ERA void setKernelSize(DimsHW size) noexcept { setKernelSizeNd(size); }
    //! \return the extents of the kernel, height and width. Until 9.x.
    TRT_DEPRECATED TRT_ERA DimsHW getKernelSize() const noexcept { return impl::toDimsHW(getKernelSizeNd()); }

    //! Sets the steps, height and width. Until 9.x; use setStrideNd().
    TRT_DEPRECATED TRT_ERA void setStride(DimsHW size) noexcept { setStrideNd(size); }
    //! \return the steps, height and width. Until 9.x.
    TRT_DEPRECATED TRT_ERA DimsHW getStride() const noexcept { return impl::toDimsHW(getStrideNd()); }

    //! Sets the cut, height and width. Until 9.x; use setPaddingNd().
    TRT_DEPRECATED TRT_ERA void setPadding(DimsHW size) noexcept { setPaddingNd(size); }
    //! \return the cut, height and width. Until 9.x.
    TRT_DEPRECATED TRT_ERA DimsHW getPadding() const noexcept { return impl::toDimsHW(getPaddingNd()); }

protected:
    virtual ~IDeconvolutionLayer() noexcept = default;
    apiv::VDeconvolutionLayer* mImpl;
};

//! Dense layer of 5.x to 9.x: flattens the last three dimensions and multiplies with a matrix.
//! Input: (N, C, H, W). Output: (N, K, 1, 1). y = W x + bias, W of K rows and C*H*W columns. New code uses
//! IMatrixMultiplyLayer.
class IFullyConnectedLayer : public ILayer {
public:
    //! Sets the number K of outputs, at least 1.
    void setNbOutputChannels(int32_t nbOutputs) noexcept { mImpl->setNbOutputChannels(nbOutputs); }
    //! \return the number K of outputs, at least 1.
    int32_t getNbOutputChannels() const noexcept { return mImpl->getNbOutputChannels(); }

    //! Sets the matrix, row by row. The values are not copied: keep them until the engine is built.
    void setKernelWeights(Weights weights) noexcept { mImpl->setKernelWeights(weights); }
    //! \return the matrix, row by row.
    Weights getKernelWeights() const noexcept { return mImpl->getKernelWeights(); }

    //! Sets the bias, K elements or none. The values are not copied.
    void setBiasWeights(Weights weights) noexcept { mImpl->setBiasWeights(weights); }
    //! \return the bias, K elements or none.
    Weights getBiasWeights() const noexcept { return mImpl->getBiasWeights(); }

protected:
    virtual ~IFullyConnectedLayer() noexcept = default;
    apiv::VFullyConnectedLayer* mImpl;
};

namespace impl {
template <>
struct EnumMaxImpl<PaddingMode> : EnumCount<4> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_LAYERS_CONVOLUTION_H
