// SPDX-License-Identifier: Apache-2.0
// Lists of dimensions and axes.
#pragma once
#include <algorithm>
#include <vector>

#include "NvInfer.h"
#include "model/onnx/errors.h"

namespace opentrt::model {

inline constexpr int kMostDims = nvinfer1::Dims::MAX_DIMS;

inline nvinfer1::Dims toDims(const std::vector<int64_t>& list) {
    if (list.size() > static_cast<size_t>(kMostDims)) {
        fail(Code::kUNSUPPORTED_NODE_SHAPE,
             cat("a tensor of rank ", list.size(), " is needed; at most ", kMostDims, " dimensions are possible"));
    }
    nvinfer1::Dims dims{};
    dims.nbDims = static_cast<int32_t>(list.size());
    std::copy(list.begin(), list.end(), dims.d);
    return dims;
}

inline std::vector<int64_t> toList(const nvinfer1::Dims& dims) {
    return {dims.d, dims.d + std::max(0, static_cast<int>(dims.nbDims))};
}

inline nvinfer1::Dims filled(int rank, int64_t value) {
    return toDims(std::vector<int64_t>(static_cast<size_t>(rank), value));
}

inline bool isStatic(const nvinfer1::Dims& dims) {
    return std::all_of(dims.d, dims.d + std::max(0, static_cast<int>(dims.nbDims)), [](int64_t d) { return d >= 0; });
}

//! Axis in [0, rank) from one that may be negative.
inline int checkedAxis(int64_t axis, int rank, const char* what = "axis") {
    if (axis < -rank || axis >= rank) {
        fail(Code::kINVALID_NODE, cat(what, " is ", axis, ", which a tensor of rank ", rank, " does not have"));
    }
    return static_cast<int>(axis < 0 ? axis + rank : axis);
}

//! Sorted and checked; each may occur once.
inline std::vector<int> checkedAxes(const std::vector<int64_t>& axes, int rank) {
    std::vector<int> result;
    for (const int64_t axis : axes) result.push_back(checkedAxis(axis, rank));
    std::sort(result.begin(), result.end());
    if (std::adjacent_find(result.begin(), result.end()) != result.end()) {
        fail(Code::kINVALID_NODE, cat("axes ", axes, " name an axis twice"));
    }
    return result;
}

inline uint32_t maskOf(const std::vector<int>& axes) {
    uint32_t mask = 0;
    for (const int axis : axes) mask |= 1U << static_cast<uint32_t>(axis);
    return mask;
}

}  // namespace opentrt::model
