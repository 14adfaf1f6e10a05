// SPDX-License-Identifier: Apache-2.0
// Public types to ours and back.
#pragma once
#include <vector>

#include "NvInferRuntime.h"
#include "base/error.h"
#include "base/types.h"

namespace opentrt::api {

inline DType toDType(nvinfer1::DataType type) {
    return static_cast<DType>(type);
}
inline nvinfer1::DataType toDataType(DType type) {
    return static_cast<nvinfer1::DataType>(type);
}

inline std::vector<int64_t> toVector(const nvinfer1::Dims64& dims) {
    if (dims.nbDims < 0 || dims.nbDims > nvinfer1::Dims64::MAX_DIMS) {
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("a Dims has ", dims.nbDims, " dimensions when it may have 0 to ", nvinfer1::Dims64::MAX_DIMS));
    }
    return {dims.d, dims.d + dims.nbDims};
}

inline nvinfer1::Dims64 toDims(const std::vector<int64_t>& dims) {
    nvinfer1::Dims64 result{};
    result.nbDims = static_cast<int32_t>(dims.size());
    for (size_t i = 0; i < dims.size() && i < nvinfer1::Dims64::MAX_DIMS; ++i) result.d[i] = dims[i];
    return result;
}
//! What functions return for an unknown tensor or index.
inline nvinfer1::Dims64 invalidDims() {
    nvinfer1::Dims64 result{};
    result.nbDims = -1;
    return result;
}

}  // namespace opentrt::api
