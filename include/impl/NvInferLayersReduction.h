// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLayersReduction.h
//! Layers that sum or compare along axes: softmax, reduce, top-k, cumulative, normalization, matrix product, einsum.
#ifndef NV_INFER_LAYERS_REDUCTION_H
#define NV_INFER_LAYERS_REDUCTION_H

#include "NvInferTensor.h"

namespace nvinfer1 {

//! y = exp(x) / sum of exp(x) along an axis. Input and output: the same shape, float.
class ISoftMaxLayer : public ILayer {
public:
    //! Sets the axis, as a mask with one bit `1 << axis`. The default is the third last dimension, or the first if the
    //! rank is below 3.
    void setAxes(uint32_t axes) noexcept { mImpl->setAxes(axes); }
    //! \return the axis, as a mask with one bit `1 << axis`.
    uint32_t getAxes() const noexcept { return mImpl->getAxes(); }

protected:
    virtual ~ISoftMaxLayer() noexcept = default;
    apiv::VSoftMaxLayer* mImpl;
};

//! Softmax over the first entries of each row. Input 0: (Z, S), input 1: (Z, 1) kINT32, how many entries of the row
//! count; the others yield 0. Output: (Z, S). Leading dimensions may be added.
class IRaggedSoftMaxLayer : public ILayer {
protected:
    virtual ~IRaggedSoftMaxLayer() noexcept = default;
    apiv::VRaggedSoftMaxLayer* mImpl;
};

//! How a reduction, or a collective, joins values.
enum class ReduceOperation : int32_t {
    kSUM = 0,   //!< Sum.
    kPROD = 1,  //!< Product.
    kMAX = 2,   //!< Largest.
    kMIN = 3,   //!< Smallest.
    kAVG = 4,   //!< Mean.
    kNONE = 5,  //!< No joining: collectives that only move data. Since 10.16.
};

//! Joins all elements along some axes. Input: any shape. Output: the other axes, or all with extent 1 for the joined
//! ones. An empty set of elements yields 0, 1, the smallest or the largest value for sum, product, max, min.
class IReduceLayer : public ILayer {
public:
    //! Sets how elements are joined.
    void setOperation(ReduceOperation op) noexcept { mImpl->setOperation(op); }
    //! \return how elements are joined.
    ReduceOperation getOperation() const noexcept { return mImpl->getOperation(); }

    //! Sets the axes to join, bit `1 << axis` each.
    void setReduceAxes(uint32_t reduceAxes) noexcept { mImpl->setReduceAxes(reduceAxes); }
    //! \return the axes to join, bit `1 << axis` each.
    uint32_t getReduceAxes() const noexcept { return mImpl->getReduceAxes(); }

    //! Sets whether joined axes stay with extent 1.
    void setKeepDimensions(bool keepDimensions) noexcept { mImpl->setKeepDimensions(keepDimensions); }
    //! \return whether joined axes stay with extent 1.
    bool getKeepDimensions() const noexcept { return mImpl->getKeepDimensions(); }

protected:
    virtual ~IReduceLayer() noexcept = default;
    apiv::VReduceLayer* mImpl;
};

//! Which elements ITopKLayer picks.
enum class TopKOperation : int32_t {
    kMAX = 0,  //!< The largest.
    kMIN = 1,  //!< The smallest.
};

//! The k largest or smallest elements along an axis, in order; equal elements by rising index.
//! Input 0: any shape. Input 1, optional: k as a scalar kINT32 or kINT64 shape tensor. Output 0: the values, extent k
//! along the axis. Output 1: their indices, kINT32 or the indices type.
class ITopKLayer : public ILayer {
public:
    //! Sets which elements are picked.
    void setOperation(TopKOperation op) noexcept { mImpl->setOperation(op); }
    //! \return which elements are picked.
    TopKOperation getOperation() const noexcept { return mImpl->getOperation(); }

    //! Sets k, 1 to 3840. Ignored when input 1 is connected.
    void setK(int32_t k) noexcept { mImpl->setK(k); }
    //! \return k, 1 to 3840.
    int32_t getK() const noexcept { return mImpl->getK(); }

    //! Sets the axis, as a mask with one bit.
    void setReduceAxes(uint32_t reduceAxes) noexcept { mImpl->setReduceAxes(reduceAxes); }
    //! \return the axis, as a mask with one bit.
    uint32_t getReduceAxes() const noexcept { return mImpl->getReduceAxes(); }

    //! Sets the type of output 1, kINT32 or kINT64.
    //! \return false for other types. Since 10.14.
    bool setIndicesType(DataType type) noexcept { return mImpl->setIndicesType(type); }
    //! \return the type of output 1, kINT32 or kINT64. Since 10.14.
    DataType getIndicesType() const noexcept { return mImpl->getIndicesType(); }

protected:
    virtual ~ITopKLayer() noexcept = default;
    apiv::VTopKLayer* mImpl;
};

//! How ICumulativeLayer joins the elements before each one.
enum class CumulativeOperation : int32_t {
    kSUM = 0,  //!< Sum.
};

//! Running sum along an axis. Input 0: any shape; input 1: the axis, a constant scalar. Output: the shape of input 0.
//! Since 10.8.
class ICumulativeLayer : public ILayer {
public:
    //! Sets how elements are joined.
    //! \return false for an unknown operation.
    bool setOperation(CumulativeOperation op) noexcept { return mImpl->setOperation(op); }
    //! \return how elements are joined.
    CumulativeOperation getOperation() const noexcept { return mImpl->getOperation(); }

    //! Sets whether an element is left out of its own sum; false by default.
    void setExclusive(bool exclusive) noexcept { mImpl->setExclusive(exclusive); }
    //! \return whether an element is left out of its own sum.
    bool getExclusive() const noexcept { return mImpl->getExclusive(); }

    //! Sets whether the sum starts at the end; false by default.
    void setReverse(bool reverse) noexcept { mImpl->setReverse(reverse); }
    //! \return whether the sum starts at the end.
    bool getReverse() const noexcept { return mImpl->getReverse(); }

protected:
    virtual ~ICumulativeLayer() noexcept = default;
    apiv::VCumulativeLayer* mImpl;
};

//! y = (x - mean) / sqrt(variance + epsilon) * scale + bias, mean and variance over some axes. Since 8.6.
//! Input 0: x, (N, C, ...). Inputs 1 and 2: scale and bias. With addNormalization() both have x's rank, extent 1 where
//! they are repeated; instance norm reduces the spatial axes, layer norm trailing axes, group norm with groups > 1.
//! With addNormalizationV2() they have the shape that ONNX gives them, for example (C).
class INormalizationLayer : public ILayer {
public:
    //! Sets epsilon, 1e-5 by default.
    void setEpsilon(float eps) noexcept { mImpl->setEpsilon(eps); }
    //! \return epsilon, 1e-5 by default.
    float getEpsilon() const noexcept { return mImpl->getEpsilon(); }

    //! Sets the axes over which mean and variance are taken, bit `1 << axis` each.
    void setAxes(uint32_t axesMask) noexcept { mImpl->setAxes(axesMask); }
    //! \return the axes over which mean and variance are taken, bit `1 << axis` each.
    uint32_t getAxes() const noexcept { return mImpl->getAxes(); }

    //! Sets the number of channel groups; 1 by default. Other than 1: the channels of a group share mean and variance,
    //! and the axes must be the spatial ones.
    void setNbGroups(int64_t nbGroups) noexcept { mImpl->setNbGroups(nbGroups); }
    //! \return the number of channel groups.
    int64_t getNbGroups() const noexcept { return mImpl->getNbGroups(); }

    //! Sets the type in which mean and variance are computed, kFLOAT or kHALF. Deprecated since 10.16: strongly typed
    //! networks compute in the input's type.
    TRT_DEPRECATED void setComputePrecision(DataType type) noexcept { mImpl->setComputePrecision(type); }
    //! \return the type in which mean and variance are computed, kFLOAT or kHALF. Deprecated since 10.16.
    TRT_DEPRECATED DataType getComputePrecision() const noexcept { return mImpl->getComputePrecision(); }

    //! \return true if the layer was made by addNormalizationV2(). Since 10.15.
    TRT_NODISCARD bool isV2() const noexcept { return mImpl->isV2(); }

protected:
    virtual ~INormalizationLayer() noexcept = default;
    apiv::VNormalizationLayer* mImpl;
};

//! How an operand of a matrix product is read.
enum class MatrixOperation : int32_t {
    kNONE = 0,       //!< As a matrix.
    kTRANSPOSE = 1,  //!< As a matrix with the last two dimensions exchanged.
    kVECTOR = 2,     //!< As a vector: the last dimension is summed over, and leaves the output.
};

//! op0(A) * op1(B) over the last two dimensions. Inputs 0 and 1: A (..., M, K) and B (..., K, N) after their
//! operations; leading dimensions are equal or 1. Output: (..., M, N), without the dimension of a vector.
class IMatrixMultiplyLayer : public ILayer {
public:
    //! Sets how operand `index`, 0 or 1, is read.
    void setOperation(int32_t index, MatrixOperation op) noexcept { mImpl->setOperation(index, op); }
    //! \return how operand `index` is read.
    MatrixOperation getOperation(int32_t index) const noexcept { return mImpl->getOperation(index); }

    //! Sets whether operand `index` is transposed. Until 7.2; use setOperation().
    TRT_DEPRECATED void setTranspose(int32_t index, bool val) noexcept {
        setOperation(index, val ? MatrixOperation::kTRANSPOSE : MatrixOperation::kNONE);
    }
    //! \return whether operand `index` is transposed. Until 7.2.
    TRT_DEPRECATED bool getTranspose(int32_t index) const noexcept {
        return getOperation(index) == MatrixOperation::kTRANSPOSE;
    }

protected:
    virtual ~IMatrixMultiplyLayer() noexcept = default;
    apiv::VMatrixMultiplyLayer* mImpl;
};

//! Einstein summation over any number of float inputs: "ij,jk->ik" is a matrix product. Letters are lower case, "..."
//! is not allowed, no letter may repeat within one input. Since 8.2.
class IEinsumLayer : public ILayer {
public:
    //! Sets the equation. Blanks are ignored; without "->" the output letters are those that occur once, sorted. The
    //! string is copied.
    //! \return false if it is not well formed.
    bool setEquation(char const* equation) noexcept { return mImpl->setEquation(equation); }
    //! \return the equation.
    char const* getEquation() const noexcept { return mImpl->getEquation(); }

protected:
    virtual ~IEinsumLayer() noexcept = default;
    apiv::VEinsumLayer* mImpl;
};

namespace impl {
template <>
struct EnumMaxImpl<ReduceOperation> : EnumCount<6> {};
template <>
struct EnumMaxImpl<TopKOperation> : EnumCount<2> {};
template <>
struct EnumMaxImpl<CumulativeOperation> : EnumCount<1> {};
template <>
struct EnumMaxImpl<MatrixOperation> : EnumCount<3> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_LAYERS_REDUCTION_H
