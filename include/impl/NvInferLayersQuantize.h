// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLayersQuantize.h
//! Quantization, dequantization and quantization with scales found at run time.
#ifndef NV_INFER_LAYERS_QUANTIZE_H
#define NV_INFER_LAYERS_QUANTIZE_H

#include "NvInferTensor.h"

namespace nvinfer1 {

//! y = saturate(round(x / scale) + zeroPoint), halves to even; float types do not round to integers. Since 8.0.
//! Input 0: x, float. Input 1: scale, a positive constant of x's type: scalar, 1-D along the axis, or of x's rank for
//! blocks. Input 2, optional: zero point, of the scale's shape and the output's type; 0 is all that every backend
//! serves. Output: x's shape.
class IQuantizeLayer : public ILayer {
public:
    //! \return the axis that a 1-D scale runs along.
    int32_t getAxis() const noexcept { return mImpl->getAxis(); }

    //! Sets the axis that a 1-D scale runs along; none by default.
    void setAxis(int32_t axis) noexcept { mImpl->setAxis(axis); }

    //! Sets the extents of the blocks that share a scale, one per dimension.
    //! \return false if the rank does not fit. Since 10.15.
    bool setBlockShape(impl::DimsArg blockShape) noexcept { return mImpl->setBlockShape(impl::toDims64(blockShape)); }
    //! \return the extents of the blocks that share a scale, one per dimension. Since 10.15.
    TRT_NODISCARD TRT_ERA Dims getBlockShape() const noexcept { return impl::fromDims64(mImpl->getBlockShape()); }

    //! Sets the type of the output: kINT8, kFP8, kINT4 or kFP4. Since 9.1.
    void setToType(DataType toType) noexcept { mImpl->setToType(toType); }
    //! \return the type of the output: kINT8, kFP8, kINT4 or kFP4. Since 9.1.
    DataType getToType() const noexcept { return mImpl->getToType(); }

protected:
    virtual ~IQuantizeLayer() noexcept = default;
    apiv::VQuantizeLayer* mImpl;
};

//! y = (x - zeroPoint) * scale. Since 8.0.
//! Input 0: x, kINT8, kFP8, kINT4, kFP4, or kINT32 for a bias. Input 1: scale, a constant: scalar, 1-D along the axis,
//! or of x's rank for blocks. Input 2, optional: zero point. Output: x's shape.
class IDequantizeLayer : public ILayer {
public:
    //! \return the axis that a 1-D scale runs along.
    int32_t getAxis() const noexcept { return mImpl->getAxis(); }

    //! Sets the axis that a 1-D scale runs along; none by default.
    void setAxis(int32_t axis) noexcept { mImpl->setAxis(axis); }

    //! Sets the extents of the blocks that share a scale, one per dimension.
    //! \return false if the rank does not fit. Since 10.15.
    bool setBlockShape(impl::DimsArg blockShape) noexcept { return mImpl->setBlockShape(impl::toDims64(blockShape)); }
    //! \return the extents of the blocks that share a scale, one per dimension. Since 10.15.
    TRT_NODISCARD TRT_ERA Dims getBlockShape() const noexcept { return impl::fromDims64(mImpl->getBlockShape()); }

    //! Sets the type of the output: kFLOAT, kHALF or kBF16. Since 9.1.
    void setToType(DataType toType) noexcept { mImpl->setToType(toType); }
    //! \return the type of the output: kFLOAT, kHALF or kBF16. Since 9.1.
    DataType getToType() const noexcept { return mImpl->getToType(); }

protected:
    virtual ~IDequantizeLayer() noexcept = default;
    apiv::VDequantizeLayer* mImpl;
};

//! Quantizes with one scale per block, found at run time from the largest magnitude in the block. Since 10.8.
//! Input 0: x, float. Input 1, optional: a scalar scale for the scales themselves (kFP4). Output 0: x quantized.
//! Output 1: the scales, x's shape divided by the block shape.
class IDynamicQuantizeLayer : public ILayer {
public:
    //! Sets the type of output 0: kFP4 or kFP8.
    void setToType(DataType toType) noexcept { mImpl->setToType(toType); }
    //! \return the type of output 0: kFP4 or kFP8.
    DataType getToType() const noexcept { return mImpl->getToType(); }

    //! Sets the type of output 1: kFP8, kE8M0 or kFLOAT.
    void setScaleType(DataType scaleType) noexcept { mImpl->setScaleType(scaleType); }
    //! \return the type of output 1: kFP8, kE8M0 or kFLOAT.
    DataType getScaleType() const noexcept { return mImpl->getScaleType(); }

    //! Sets the axis that is cut into blocks; the last or the second last. Layers made by addDynamicQuantize() only.
    //! Deprecated since 10.15.
    TRT_DEPRECATED void setAxis(int32_t axis) noexcept { mImpl->setAxis(axis); }
    //! \return the axis that is cut into blocks. Deprecated since 10.15.
    TRT_DEPRECATED int32_t getAxis() const noexcept { return mImpl->getAxis(); }

    //! Sets the number of elements that share a scale, 16 or 32. Layers made by addDynamicQuantize() only. Deprecated
    //! since 10.15.
    TRT_DEPRECATED void setBlockSize(int32_t size) noexcept { mImpl->setBlockSize(size); }
    //! \return the number of elements that share a scale, 16 or 32. Deprecated since 10.15.
    TRT_DEPRECATED int32_t getBlockSize() const noexcept { return mImpl->getBlockSize(); }

    //! Sets the extents of the blocks that share a scale, one per dimension. Since 10.15.
    void setBlockShape(impl::DimsArg blockShape) noexcept { mImpl->setBlockShape(impl::toDims64(blockShape)); }
    //! \return the extents of the blocks that share a scale, one per dimension. Since 10.15.
    TRT_ERA Dims getBlockShape() const noexcept { return impl::fromDims64(mImpl->getBlockShape()); }

protected:
    virtual ~IDynamicQuantizeLayer() noexcept = default;
    apiv::VDynamicQuantizeLayer* mImpl;
};

}  // namespace nvinfer1

#endif  // NV_INFER_LAYERS_QUANTIZE_H
