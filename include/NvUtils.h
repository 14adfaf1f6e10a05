// SPDX-License-Identifier: Apache-2.0
//! \file NvUtils.h
//! Small helpers on host arrays, used by weight loaders of 5.x to 8.x.
#ifndef NV_UTILS_H
#define NV_UTILS_H

#include "NvInfer.h"

namespace nvinfer1 {
namespace utils {

//! Transposes weights: dimension i of the result is dimension shapeOrder[i] of the input.
//! \param shape the `nbDims` extents of the input \param data receives the result, as many bytes as the input has
//! \return false if a pointer is null, shapeOrder is no permutation, or the extents do not match input.count
TRT_DEPRECATED TENSORRTAPI bool reshapeWeights(Weights const& input, int32_t const* shape, int32_t const* shapeOrder,
                                               void* data, int32_t nbDims) noexcept;

//! Reorders `num` blocks of `size` bytes in place: block i of the result is block order[i] of the input.
//! \return false if a pointer is null or order is no permutation
TRT_DEPRECATED TENSORRTAPI bool reorderSubBuffers(void* input, int32_t const* order, int32_t num,
                                                  int32_t size) noexcept;

//! Transposes each of `num` matrices of `height` rows and `width` columns in place.
//! \return false if the pointer is null or the type has no whole-byte elements
TRT_DEPRECATED TENSORRTAPI bool transposeSubBuffers(void* input, DataType type, int32_t num, int32_t height,
                                                    int32_t width) noexcept;

}  // namespace utils
}  // namespace nvinfer1

#endif  // NV_UTILS_H
