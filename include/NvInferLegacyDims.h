// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLegacyDims.h
//! Dimensions with a fixed rank and named extents.
#ifndef NV_INFER_LEGACY_DIMS_H
#define NV_INFER_LEGACY_DIMS_H

#include "NvInferRuntimeBase.h"

namespace nvinfer1 {

namespace impl {
#if NV_TENSORRT_COMPAT_MAJOR >= 10
using Extent = int64_t;  //!< Type of Dims::d.
#else
using Extent = int32_t;  //!< Type of Dims::d.
#endif
}  // namespace impl

//! Two dimensions.
class Dims2 : public Dims {
public:
    TRT_ERA Dims2() : Dims2(0, 0) {}  //!< Two zeros.

    //! The extents, outermost first.
    TRT_ERA Dims2(impl::Extent d0, impl::Extent d1) : Dims() {
        nbDims = 2;
        d[0] = d0;
        d[1] = d1;
    }
};

//! Height and width.
class DimsHW : public Dims2 {
public:
    TRT_ERA DimsHW() : Dims2() {}                                                      //!< Two zeros.
    TRT_ERA DimsHW(impl::Extent height, impl::Extent width) : Dims2(height, width) {}  //!< The extents.

    TRT_ERA impl::Extent& h() { return d[0]; }       //!< Height.
    TRT_ERA impl::Extent h() const { return d[0]; }  //!< Height.
    TRT_ERA impl::Extent& w() { return d[1]; }       //!< Width.
    TRT_ERA impl::Extent w() const { return d[1]; }  //!< Width.
};

//! Three dimensions.
class Dims3 : public Dims2 {
public:
    TRT_ERA Dims3() : Dims3(0, 0, 0) {}  //!< Three zeros.

    //! The extents, outermost first.
    TRT_ERA Dims3(impl::Extent d0, impl::Extent d1, impl::Extent d2) : Dims2(d0, d1) {
        nbDims = 3;
        d[2] = d2;
    }
};

//! Four dimensions.
class Dims4 : public Dims3 {
public:
    TRT_ERA Dims4() : Dims4(0, 0, 0, 0) {}  //!< Four zeros.

    //! The extents, outermost first.
    TRT_ERA Dims4(impl::Extent d0, impl::Extent d1, impl::Extent d2, impl::Extent d3) : Dims3(d0, d1, d2) {
        nbDims = 4;
        d[3] = d3;
    }
};

//! Channels, height, width. Gone after 7.2 elsewhere.
class DimsCHW : public Dims3 {
public:
    TRT_ERA DimsCHW() : Dims3() { annotate(); }  //!< Three zeros.

    //! The extents.
    TRT_ERA DimsCHW(impl::Extent channels, impl::Extent height, impl::Extent width) : Dims3(channels, height, width) {
        annotate();
    }

    TRT_ERA impl::Extent& c() { return d[0]; }       //!< Channels.
    TRT_ERA impl::Extent c() const { return d[0]; }  //!< Channels.
    TRT_ERA impl::Extent& h() { return d[1]; }       //!< Height.
    TRT_ERA impl::Extent h() const { return d[1]; }  //!< Height.
    TRT_ERA impl::Extent& w() { return d[2]; }       //!< Width.
    TRT_ERA impl::Extent w() const { return d[2]; }  //!< Width.

private:
    TRT_ERA void annotate() {
#if NV_TENSORRT_COMPAT_MAJOR <= 7
        type[0] = DimensionType::kCHANNEL;
#endif
    }
};

//! Batch, channels, height, width. Gone after 7.2 elsewhere.
class DimsNCHW : public Dims4 {
public:
    TRT_ERA DimsNCHW() : Dims4() { annotate(); }  //!< Four zeros.

    //! The extents.
    TRT_ERA DimsNCHW(impl::Extent batch, impl::Extent channels, impl::Extent height, impl::Extent width)
        : Dims4(batch, channels, height, width) {
        annotate();
    }

    TRT_ERA impl::Extent& n() { return d[0]; }       //!< Batch.
    TRT_ERA impl::Extent n() const { return d[0]; }  //!< Batch.
    TRT_ERA impl::Extent& c() { return d[1]; }       //!< Channels.
    TRT_ERA impl::Extent c() const { return d[1]; }  //!< Channels.
    TRT_ERA impl::Extent& h() { return d[2]; }       //!< Height.
    TRT_ERA impl::Extent h() const { return d[2]; }  //!< Height.
    TRT_ERA impl::Extent& w() { return d[3]; }       //!< Width.
    TRT_ERA impl::Extent w() const { return d[3]; }  //!< Width.

private:
    TRT_ERA void annotate() {
#if NV_TENSORRT_COMPAT_MAJOR <= 7
        type[0] = DimensionType::kINDEX;
        type[1] = DimensionType::kCHANNEL;
#endif
    }
};

}  // namespace nvinfer1

#endif  // NV_INFER_LEGACY_DIMS_H
