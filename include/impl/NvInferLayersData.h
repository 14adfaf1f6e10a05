// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLayersData.h
//! Layers that move or make data: concatenation, gather, scatter, shuffle, slice, shape, fill, constants.
#ifndef NV_INFER_LAYERS_DATA_H
#define NV_INFER_LAYERS_DATA_H

#include "NvInferTensor.h"

namespace nvinfer1 {

//! Joins its inputs along an axis. Inputs: the same type, rank and extents but for that axis. Output: the sum of
//! extents.
class IConcatenationLayer : public ILayer {
public:
    //! Sets the axis; the third last dimension by default, or the first if the rank is below 3.
    void setAxis(int32_t axis) noexcept { mImpl->setAxis(axis); }
    //! \return the axis.
    int32_t getAxis() const noexcept { return mImpl->getAxis(); }

protected:
    virtual ~IConcatenationLayer() noexcept = default;
    apiv::VConcatenationLayer* mImpl;
};

//! How indices are read.
enum class GatherMode : int32_t {
    kDEFAULT = 0,  //!< Slices along one axis.
    kELEMENT = 1,  //!< One element per index, the indices having the data's rank.
    kND = 2,       //!< Slices addressed by the last dimension of the indices.
};

//! Picks data by index. Input 0: data; input 1: indices, kINT32 or kINT64; negative ones count from the end.
//! kDEFAULT, axis a: output[.., i.., ..] = data[.., indices[i..], ..], shape data[:a] + indices[b:] + data[a+1:].
//! kELEMENT: output[i] = data[i with i_a replaced by indices[i]]. kND: output[b.., i.., ..] = data[b.., indices[b..,
//! i..], ..]. b.. are the nbElementWiseDims leading dimensions that data and indices share.
class IGatherLayer : public ILayer {
public:
    //! Sets the axis a, not below nbElementWiseDims. Ignored by kND.
    void setGatherAxis(int32_t axis) noexcept { mImpl->setGatherAxis(axis); }
    //! \return the axis a, not below nbElementWiseDims.
    int32_t getGatherAxis() const noexcept { return mImpl->getGatherAxis(); }

    //! Sets how many leading dimensions data and indices share; 0 by default. At most 1 in mode kDEFAULT; 0 in mode
    //! kELEMENT.
    void setNbElementWiseDims(int32_t elementWiseDims) noexcept { mImpl->setNbElementWiseDims(elementWiseDims); }
    //! \return how many leading dimensions data and indices share.
    int32_t getNbElementWiseDims() const noexcept { return mImpl->getNbElementWiseDims(); }

    //! Sets how indices are read. Since 8.2.
    void setMode(GatherMode mode) noexcept { mImpl->setMode(mode); }
    //! \return how indices are read. Since 8.2.
    GatherMode getMode() const noexcept { return mImpl->getMode(); }

protected:
    virtual ~IGatherLayer() noexcept = default;
    apiv::VGatherLayer* mImpl;
};

//! How indices are read.
enum class ScatterMode : int32_t {
    kELEMENT = 0,  //!< One element per index.
    kND = 1,       //!< Slices addressed by the last dimension of the indices.
};

//! Copies data and overwrites some of it. Input 0: data; input 1: indices, kINT32 or kINT64; input 2: updates. Output:
//! data's shape. The result is undefined where two indices meet. Since 8.2.
//! kELEMENT: output[i with i_axis replaced by indices[i]] = updates[i]. kND: output[indices[i..], ..] = updates[i..,
//! ..].
class IScatterLayer : public ILayer {
public:
    //! Sets how indices are read.
    void setMode(ScatterMode mode) noexcept { mImpl->setMode(mode); }
    //! \return how indices are read.
    ScatterMode getMode() const noexcept { return mImpl->getMode(); }

    //! Sets the axis in mode kELEMENT. Ignored by kND.
    void setAxis(int32_t axis) noexcept { mImpl->setAxis(axis); }
    //! \return the axis in mode kELEMENT.
    int32_t getAxis() const noexcept { return mImpl->getAxis(); }

protected:
    virtual ~IScatterLayer() noexcept = default;
    apiv::VScatterLayer* mImpl;
};

//! An order of dimensions for IShuffleLayer: output dimension i is input dimension order[i].
struct Permutation {
    int32_t order[Dims::MAX_DIMS];  //!< Each of 0 .. rank-1 once; entries beyond the rank mean nothing.
};

//! Transpose, then reshape, then transpose; each step may be left out. The elements keep their order in the reshape.
//! Input 0: any shape. Input 1, optional: the shape as a 1-D kINT32 or kINT64 shape tensor. Output: as many elements.
class IShuffleLayer : public ILayer {
public:
    //! Sets the order of dimensions before the reshape; unchanged by default.
    void setFirstTranspose(Permutation permutation) noexcept { mImpl->setFirstTranspose(permutation); }
    //! \return the order of dimensions before the reshape.
    Permutation getFirstTranspose() const noexcept { return mImpl->getFirstTranspose(); }

    //! Sets the shape to give. 0 keeps the extent of the same index (see setZeroIsPlaceholder()), one -1 is computed
    //! from the rest. Takes the place of input 1.
    void setReshapeDimensions(impl::DimsArg dimensions) noexcept {
        mImpl->setReshapeDimensions(impl::toDims64(dimensions));
    }
    //! \return the shape to give. nbDims -1 when input 1 is connected.
    TRT_ERA Dims getReshapeDimensions() const noexcept { return impl::fromDims64(mImpl->getReshapeDimensions()); }

    //! Sets the order of dimensions after the reshape; unchanged by default.
    void setSecondTranspose(Permutation permutation) noexcept { mImpl->setSecondTranspose(permutation); }
    //! \return the order of dimensions after the reshape.
    Permutation getSecondTranspose() const noexcept { return mImpl->getSecondTranspose(); }

    //! Sets whether 0 in the shape keeps an extent (true, the default) or means 0. Since 7.1.
    void setZeroIsPlaceholder(bool zeroIsPlaceholder) noexcept { mImpl->setZeroIsPlaceholder(zeroIsPlaceholder); }
    //! \return whether 0 in the shape keeps an extent (true, the default) or means 0. Since 7.1.
    bool getZeroIsPlaceholder() const noexcept { return mImpl->getZeroIsPlaceholder(); }

protected:
    virtual ~IShuffleLayer() noexcept = default;
    apiv::VShuffleLayer* mImpl;
};

//! What a slice or a sampling grid reads beyond the tensor. Named SliceMode from 7.0 to 8.4.
enum class SampleMode : int32_t {
    kSTRICT_BOUNDS = 0,                //!< Nothing: going beyond is an error.
    kWRAP = 1,                         //!< The tensor repeated.
    kCLAMP = 2,                        //!< The nearest element.
    kFILL = 3,                         //!< A fill value; 0 when sampling.
    kREFLECT = 4,                      //!< The tensor mirrored at its edge elements.
    kDEFAULT TRT_DEPRECATED_ENUM = 0,  //!< Old name of kSTRICT_BOUNDS, until 9.x.
};

//! Name of SampleMode from 7.0 to 8.4.
using SliceMode = SampleMode;

//! y[i] = x[start + i * stride], dimension by dimension. Output: the shape "size".
//! Input 0: x. Optional: input 1 start, input 2 size, input 3 stride, 1-D kINT32 or kINT64 shape tensors; input 4 the
//! fill value, a scalar of x's type (mode kFILL); input 5 the axes, 1-D and constant.
class ISliceLayer : public ILayer {
public:
    //! Sets the first index in each dimension. Takes the place of input 1.
    void setStart(impl::DimsArg start) noexcept { mImpl->setStart(impl::toDims64(start)); }
    //! \return the first index in each dimension. nbDims -1 when input 1 is connected.
    TRT_ERA Dims getStart() const noexcept { return impl::fromDims64(mImpl->getStart()); }

    //! Sets the shape of the output. Takes the place of input 2.
    void setSize(impl::DimsArg size) noexcept { mImpl->setSize(impl::toDims64(size)); }
    //! \return the shape of the output. nbDims -1 when input 2 is connected.
    TRT_ERA Dims getSize() const noexcept { return impl::fromDims64(mImpl->getSize()); }

    //! Sets the step in each dimension; may be negative, or 0 to repeat. Takes the place of input 3.
    void setStride(impl::DimsArg stride) noexcept { mImpl->setStride(impl::toDims64(stride)); }
    //! \return the step in each dimension. nbDims -1 when input 3 is connected.
    TRT_ERA Dims getStride() const noexcept { return impl::fromDims64(mImpl->getStride()); }

    //! Sets what is read beyond the tensor; kSTRICT_BOUNDS by default. Since 7.0.
    void setMode(SampleMode mode) noexcept { mImpl->setMode(mode); }
    //! \return what is read beyond the tensor. Since 7.0.
    SampleMode getMode() const noexcept { return mImpl->getMode(); }

    //! Sets the axes that start, size and stride speak about; the other axes stay whole. Ignored when input 5 is
    //! connected. Since 10.3.
    void setAxes(impl::DimsArg axes) noexcept { mImpl->setAxes(impl::toDims64(axes)); }
    //! \return the axes that start, size and stride speak about. nbDims -1 when input 5 is connected. Since 10.3.
    TRT_ERA Dims getAxes() const noexcept { return impl::fromDims64(mImpl->getAxes()); }

protected:
    virtual ~ISliceLayer() noexcept = default;
    apiv::VSliceLayer* mImpl;
};

//! The shape of its input, as a 1-D kINT64 tensor (kINT32 for programs of 9.x and before). Since 6.0.
class IShapeLayer : public ILayer {
protected:
    virtual ~IShapeLayer() noexcept = default;
    apiv::VShapeLayer* mImpl;
};

//! Coordinates of the elements that are not zero. Input: any shape. Output: (rank, number of them), row major order;
//! the second extent is known only after running. Since 8.5.
class INonZeroLayer : public ILayer {
public:
    //! Sets the type of the output, kINT32 or kINT64.
    //! \return false for other types. Since 10.14.
    bool setIndicesType(DataType type) noexcept { return mImpl->setIndicesType(type); }
    //! \return the type of the output, kINT32 or kINT64. Since 10.14.
    DataType getIndicesType() const noexcept { return mImpl->getIndicesType(); }

protected:
    virtual ~INonZeroLayer() noexcept = default;
    apiv::VNonZeroLayer* mImpl;
};

//! y = values[1] where the index matches, values[0] elsewhere. Input 0: indices, kINT32 or kINT64, negative ones count
//! from the end; input 1: values, two elements (off, on); input 2: depth, a scalar shape tensor. Output: the shape of
//! indices with an axis of extent depth inserted, of the type of values. Since 8.5.
class IOneHotLayer : public ILayer {
public:
    //! Sets where the axis is inserted; -1 puts it last.
    void setAxis(int32_t axis) noexcept { mImpl->setAxis(axis); }
    //! \return where the axis is inserted.
    int32_t getAxis() const noexcept { return mImpl->getAxis(); }

protected:
    virtual ~IOneHotLayer() noexcept = default;
    apiv::VOneHotLayer* mImpl;
};

//! Reverses the first n elements of each item of a batch. Input 0: data, rank at least 2; input 1: n per item, 1-D
//! kINT32 or kINT64. Output: data's shape. Since 8.6.
class IReverseSequenceLayer : public ILayer {
public:
    //! Sets the axis of items; 1 by default.
    void setBatchAxis(int32_t batchAxis) noexcept { mImpl->setBatchAxis(batchAxis); }
    //! \return the axis of items.
    int32_t getBatchAxis() const noexcept { return mImpl->getBatchAxis(); }

    //! Sets the axis that is reversed; 0 by default.
    void setSequenceAxis(int32_t sequenceAxis) noexcept { mImpl->setSequenceAxis(sequenceAxis); }
    //! \return the axis that is reversed.
    int32_t getSequenceAxis() const noexcept { return mImpl->getSequenceAxis(); }

protected:
    virtual ~IReverseSequenceLayer() noexcept = default;
    apiv::VReverseSequenceLayer* mImpl;
};

//! Removes axes of extent 1. Input 0: data; input 1: the axes, 1-D constant kINT32 or kINT64, negative ones count from
//! the end. Since 10.7.
class ISqueezeLayer : public ILayer {
protected:
    virtual ~ISqueezeLayer() noexcept = default;
    apiv::VSqueezeLayer* mImpl;
};

//! Inserts axes of extent 1. Input 0: data; input 1: the axes in the output, 1-D constant kINT32 or kINT64. Since
//! 10.7.
class IUnsqueezeLayer : public ILayer {
protected:
    virtual ~IUnsqueezeLayer() noexcept = default;
    apiv::VUnsqueezeLayer* mImpl;
};

//! A tensor with fixed values. No input; output: the given shape, the type of the weights.
class IConstantLayer : public ILayer {
public:
    //! Sets the values, row major, as many as the shape has elements. They are not copied: keep them until the engine
    //! is built.
    void setWeights(Weights weights) noexcept { mImpl->setWeights(weights); }
    //! \return the values, row major, as many as the shape has elements.
    Weights getWeights() const noexcept { return mImpl->getWeights(); }

    //! Sets the shape.
    void setDimensions(impl::DimsArg dimensions) noexcept { mImpl->setDimensions(impl::toDims64(dimensions)); }
    //! \return the shape.
    TRT_ERA Dims getDimensions() const noexcept { return impl::fromDims64(mImpl->getDimensions()); }

protected:
    virtual ~IConstantLayer() noexcept = default;
    apiv::VConstantLayer* mImpl;
};

//! How IFillLayer makes values.
enum class FillOperation : int32_t {
    kLINSPACE = 0,        //!< alpha + sum over the dimensions of index * beta.
    kRANDOM_UNIFORM = 1,  //!< Uniform in [alpha, beta).
    kRANDOM_NORMAL = 2,   //!< Normal with mean alpha and standard deviation beta. Since 8.5.
};

//! Makes a tensor. Optional inputs: 0 the shape, 1-D kINT32 or kINT64 shape tensor; 1 alpha, a scalar; 2 beta, a
//! scalar, or for kLINSPACE one step per dimension. Since 7.0.
//! Outputs of kLINSPACE may be float or integer, random ones are float. Random values differ between runs.
class IFillLayer : public ILayer {
public:
    //! Sets the shape. Takes the place of input 0.
    void setDimensions(impl::DimsArg dimensions) noexcept { mImpl->setDimensions(impl::toDims64(dimensions)); }
    //! \return the shape. nbDims -1 when input 0 is connected.
    TRT_ERA Dims getDimensions() const noexcept { return impl::fromDims64(mImpl->getDimensions()); }

    //! Sets how values are made.
    void setOperation(FillOperation op) noexcept { mImpl->setOperation(op); }
    //! \return how values are made.
    FillOperation getOperation() const noexcept { return mImpl->getOperation(); }

    //! Sets alpha; 0 by default. Takes the place of input 1.
    void setAlpha(double alpha) noexcept { mImpl->setAlpha(alpha); }
    //! \return alpha.
    double getAlpha() const noexcept { return mImpl->getAlpha(); }

    //! Sets beta; 1 by default. Takes the place of input 2.
    void setBeta(double beta) noexcept { mImpl->setBeta(beta); }
    //! \return beta.
    double getBeta() const noexcept { return mImpl->getBeta(); }

    //! Sets alpha as an integer, for integer outputs. Since 9.1.
    void setAlphaInt64(int64_t alpha) noexcept { mImpl->setAlphaInt64(alpha); }
    //! \return alpha as an integer, for integer outputs. Since 9.1.
    int64_t getAlphaInt64() const noexcept { return mImpl->getAlphaInt64(); }

    //! Sets beta as an integer, for integer outputs. Since 9.1.
    void setBetaInt64(int64_t beta) noexcept { mImpl->setBetaInt64(beta); }
    //! \return beta as an integer, for integer outputs. Since 9.1.
    int64_t getBetaInt64() const noexcept { return mImpl->getBetaInt64(); }

    //! \return true if alpha and beta were set as integers. Since 9.1.
    bool isAlphaBetaInt64() const noexcept { return mImpl->isAlphaBetaInt64(); }

    //! Sets the type of the output; kFLOAT by default. Since 9.1.
    void setToType(DataType toType) noexcept { mImpl->setToType(toType); }
    //! \return the type of the output. Since 9.1.
    DataType getToType() const noexcept { return mImpl->getToType(); }

protected:
    virtual ~IFillLayer() noexcept = default;
    apiv::VFillLayer* mImpl;
};

namespace impl {
template <>
struct EnumMaxImpl<GatherMode> : EnumCount<3> {};
template <>
struct EnumMaxImpl<ScatterMode> : EnumCount<2> {};
template <>
struct EnumMaxImpl<SampleMode> : EnumCount<5> {};
template <>
struct EnumMaxImpl<FillOperation> : EnumCount<3> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_LAYERS_DATA_H
