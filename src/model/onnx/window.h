// SPDX-License-Identifier: Apache-2.0
// The attributes that convolutions and poolings share, checked against the rank of the input.
#pragma once
#include <vector>

#include "model/onnx/context.h"

namespace opentrt::model {

struct Window {
    std::vector<int64_t> kernel;
    std::vector<int64_t> strides;
    std::vector<int64_t> dilations;
    std::vector<int64_t> before;  //!< padding, empty lists mean 0
    std::vector<int64_t> after;
    nvinfer1::PaddingMode mode = nvinfer1::PaddingMode::kEXPLICIT_ROUND_DOWN;

    bool same() const {
        return mode == nvinfer1::PaddingMode::kSAME_UPPER || mode == nvinfer1::PaddingMode::kSAME_LOWER;
    }
    bool dilated() const;
};

//! `kernel`: dimensions of the weights behind the channels; empty when there are none, then kernel_shape is required.
Window readWindow(Context& c, int spatialRank, const std::vector<int64_t>& kernel);

//! The second output of MaxPool; `pooled` is the first (import_spatial.cpp).
ITensor& indicesOfMaxPool(Context& c, ITensor& x, const Window& window, ITensor& pooled);

//! Writes the window into a convolution or deconvolution layer.
template <class Layer>
void setWindow(Layer& layer, const Window& window) {
    layer.setStrideNd(toDims(window.strides));
    layer.setDilationNd(toDims(window.dilations));
    layer.setPaddingMode(window.mode);
    if (window.same()) return;
    layer.setPrePadding(toDims(window.before));
    layer.setPostPadding(toDims(window.after));
}

}  // namespace opentrt::model
