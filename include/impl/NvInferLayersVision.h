// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLayersVision.h
//! Resize, grid sampling and non-maximum suppression.
#ifndef NV_INFER_LAYERS_VISION_H
#define NV_INFER_LAYERS_VISION_H

#include "NvInferLayersData.h"

namespace nvinfer1 {

//! How values between elements are made. Named ResizeMode from 6.0 to 8.4.
enum class InterpolationMode : int32_t {
    kNEAREST = 0,  //!< The nearest element, see ResizeRoundMode.
    kLINEAR = 1,   //!< Linear in 1 to 3 dimensions.
    kCUBIC = 2,    //!< Cubic in 2 dimensions.
};

//! Name of InterpolationMode from 6.0 to 8.4.
using ResizeMode = InterpolationMode;

//! How an output index x maps to a position in the input. I, O: input and output extent. Since 8.0.
enum class ResizeCoordinateTransformation : int32_t {
    kALIGN_CORNERS = 0,  //!< x * (I - 1) / (O - 1): the first and the last elements meet.
    kASYMMETRIC = 1,     //!< x * I / O.
    kHALF_PIXEL = 2,     //!< (x + 0.5) * I / O - 0.5.
};

//! The position read when an output extent is 1. Since 8.0.
enum class ResizeSelector : int32_t {
    kFORMULA = 0,  //!< What the coordinate transformation gives.
    kUPPER = 1,    //!< The first element.
};

//! How kNEAREST rounds a position. Since 8.0.
enum class ResizeRoundMode : int32_t {
    kHALF_UP = 0,    //!< To the nearest, halves up.
    kHALF_DOWN = 1,  //!< To the nearest, halves down.
    kFLOOR = 2,      //!< Down.
    kCEIL = 3,       //!< Up.
};

//! Changes extents by interpolation. Input 0: data. Input 1, optional: the output shape, 1-D kINT32 or kINT64 shape
//! tensor. Output: the shape given, or floor(extent * scale). Since 6.0.
class IResizeLayer : public ILayer {
public:
    //! Sets the shape of the output. Replaces scales. An error when input 1 is connected.
    void setOutputDimensions(impl::DimsArg dimensions) noexcept {
        mImpl->setOutputDimensions(impl::toDims64(dimensions));
    }
    //! \return the shape of the output. nbDims -1 when input 1 is connected, 0 when scales are set.
    TRT_ERA Dims getOutputDimensions() const noexcept { return impl::fromDims64(mImpl->getOutputDimensions()); }

    //! Sets one factor per dimension instead of a shape; they are copied. An error when input 1 is connected.
    void setScales(float const* scales, int32_t nbScales) noexcept { mImpl->setScales(scales, nbScales); }
    //! Copies up to `size` factors to `scales`.
    //! \return the number of factors, -1 if `scales` is too small.
    int32_t getScales(int32_t size, float* scales) const noexcept { return mImpl->getScales(size, scales); }

    //! Sets the interpolation; kNEAREST by default.
    void setResizeMode(InterpolationMode interpolationMode) noexcept { mImpl->setResizeMode(interpolationMode); }
    //! \return the interpolation.
    InterpolationMode getResizeMode() const noexcept { return mImpl->getResizeMode(); }

    //! Sets the map from output to input; kASYMMETRIC by default. Since 8.0.
    void setCoordinateTransformation(ResizeCoordinateTransformation coordTransform) noexcept {
        mImpl->setCoordinateTransformation(coordTransform);
    }
    //! \return the map from output to input. Since 8.0.
    ResizeCoordinateTransformation getCoordinateTransformation() const noexcept {
        return mImpl->getCoordinateTransformation();
    }

    //! Sets the position read for an extent of 1; kFORMULA by default. Since 8.0.
    void setSelectorForSinglePixel(ResizeSelector selector) noexcept { mImpl->setSelectorForSinglePixel(selector); }
    //! \return the position read for an extent of 1. Since 8.0.
    ResizeSelector getSelectorForSinglePixel() const noexcept { return mImpl->getSelectorForSinglePixel(); }

    //! Sets how positions are rounded in mode kNEAREST; kFLOOR by default. Since 8.0.
    void setNearestRounding(ResizeRoundMode value) noexcept { mImpl->setNearestRounding(value); }
    //! \return how positions are rounded in mode kNEAREST. Since 8.0.
    ResizeRoundMode getNearestRounding() const noexcept { return mImpl->getNearestRounding(); }

    //! Sets the coefficient of cubic interpolation; -0.75 by default. Since 8.5.
    void setCubicCoeff(float A) noexcept { mImpl->setCubicCoeff(A); }
    //! \return the coefficient of cubic interpolation. Since 8.5.
    float getCubicCoeff() const noexcept { return mImpl->getCubicCoeff(); }

    //! Sets whether positions beyond the input get weight 0, the others being scaled up; false by default. Since 8.5.
    void setExcludeOutside(bool excludeFlag) noexcept { mImpl->setExcludeOutside(excludeFlag); }
    //! \return whether positions beyond the input get weight 0, the others being scaled up. Since 8.5.
    bool getExcludeOutside() const noexcept { return mImpl->getExcludeOutside(); }

    //! Sets the coordinate transformation to kALIGN_CORNERS or back to kASYMMETRIC. Until 9.x.
    TRT_DEPRECATED void setAlignCorners(bool alignCorners) noexcept {
        setCoordinateTransformation(alignCorners ? ResizeCoordinateTransformation::kALIGN_CORNERS
                                                 : ResizeCoordinateTransformation::kASYMMETRIC);
    }
    //! \return true if the coordinate transformation is kALIGN_CORNERS. Until 9.x.
    TRT_DEPRECATED bool getAlignCorners() const noexcept {
        return getCoordinateTransformation() == ResizeCoordinateTransformation::kALIGN_CORNERS;
    }

protected:
    virtual ~IResizeLayer() noexcept = default;
    apiv::VResizeLayer* mImpl;
};

//! Samples an image at given positions. Input 0: (N, C, H, W), input 1: grid (N, H', W', 2) of (x, y) in [-1, 1].
//! Output: (N, C, H', W'). Since 8.5.
class IGridSampleLayer : public ILayer {
public:
    //! Sets the interpolation; kLINEAR by default.
    void setInterpolationMode(InterpolationMode mode) noexcept { mImpl->setInterpolationMode(mode); }
    //! \return the interpolation.
    InterpolationMode getInterpolationMode() const noexcept { return mImpl->getInterpolationMode(); }

    //! Sets whether -1 and 1 are the centres of the corner elements (true) or their outer edges (false, the default).
    void setAlignCorners(bool alignCorners) noexcept { mImpl->setAlignCorners(alignCorners); }
    //! \return whether -1 and 1 are the centres of the corner elements (true) or their outer edges (false, the
    //! default).
    bool getAlignCorners() const noexcept { return mImpl->getAlignCorners(); }

    //! Sets what is read beyond the image: kFILL (the default), kCLAMP or kREFLECT.
    //! \return false for other modes.
    bool setSampleMode(SampleMode mode) noexcept { return mImpl->setSampleMode(mode); }
    //! \return what is read beyond the image: kFILL (the default), kCLAMP or kREFLECT.
    SampleMode getSampleMode() const noexcept { return mImpl->getSampleMode(); }

protected:
    virtual ~IGridSampleLayer() noexcept = default;
    apiv::VGridSampleLayer* mImpl;
};

//! What the four numbers of a box are. Since 8.5.
enum class BoundingBoxFormat : int32_t {
    kCORNER_PAIRS = 0,  //!< x1, y1, x2, y2: two opposite corners.
    kCENTER_SIZES = 1,  //!< x, y of the centre, width, height.
};

//! Non-maximum suppression, class by class. Since 8.5.
//! Input 0: boxes, (N, boxes, 4) or (N, boxes, classes, 4). Input 1: scores, (N, boxes, classes). Input 2: the most
//! boxes to keep per item and class, a scalar shape tensor. Input 3, optional: IoU threshold, scalar kFLOAT, 0 by
//! default. Input 4, optional: score threshold, scalar kFLOAT.
//! Output 0: (kept, 3), the item, class and box index of each kept box. Output 1: their number, a scalar kINT32. A box
//! is dropped if its IoU with a better kept one is above the threshold.
class INMSLayer : public ILayer {
public:
    //! Sets the format of boxes; kCORNER_PAIRS by default.
    void setBoundingBoxFormat(BoundingBoxFormat fmt) noexcept { mImpl->setBoundingBoxFormat(fmt); }
    //! \return the format of boxes.
    BoundingBoxFormat getBoundingBoxFormat() const noexcept { return mImpl->getBoundingBoxFormat(); }

    //! Sets how many of the best boxes of an item, over all classes, are looked at; 1 to 5000, which is the default.
    void setTopKBoxLimit(int32_t limit) noexcept { mImpl->setTopKBoxLimit(limit); }
    //! \return how many of the best boxes of an item, over all classes, are looked at.
    int32_t getTopKBoxLimit() const noexcept { return mImpl->getTopKBoxLimit(); }

    //! Sets the type of output 0, kINT32 or kINT64.
    //! \return false for other types. Since 10.14.
    bool setIndicesType(DataType type) noexcept { return mImpl->setIndicesType(type); }
    //! \return the type of output 0, kINT32 or kINT64. Since 10.14.
    DataType getIndicesType() const noexcept { return mImpl->getIndicesType(); }

protected:
    virtual ~INMSLayer() noexcept = default;
    apiv::VNMSLayer* mImpl;
};

namespace impl {
template <>
struct EnumMaxImpl<InterpolationMode> : EnumCount<3> {};
template <>
struct EnumMaxImpl<ResizeCoordinateTransformation> : EnumCount<3> {};
template <>
struct EnumMaxImpl<ResizeSelector> : EnumCount<2> {};
template <>
struct EnumMaxImpl<ResizeRoundMode> : EnumCount<4> {};
template <>
struct EnumMaxImpl<BoundingBoxFormat> : EnumCount<2> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_LAYERS_VISION_H
