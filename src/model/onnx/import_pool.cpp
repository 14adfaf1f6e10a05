// SPDX-License-Identifier: Apache-2.0
// Pooling over windows and over whole planes.
#include "model/onnx/build.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"
#include "model/onnx/quantize.h"
#include "model/onnx/window.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::PaddingMode;
using nvinfer1::PoolingType;
using nvinfer1::UnaryOperation;

//! Rounding up, but without a window that starts behind the data: what ONNX means by it. The mode of that name pads
//! alike on both sides.
bool roundsUpAsCaffe(const Window& window) {
    return window.mode == PaddingMode::kEXPLICIT_ROUND_UP && window.before == window.after;
}

const char* textOf(const Window& window) {
    if (roundsUpAsCaffe(window)) return "caffe_round_up";
    switch (window.mode) {
        case PaddingMode::kEXPLICIT_ROUND_UP:
            return "explicit_round_up";
        case PaddingMode::kSAME_UPPER:
            return "same_upper";
        case PaddingMode::kSAME_LOWER:
            return "same_lower";
        default:
            return "explicit_round_down";
    }
}

ITensor& pooled(Context& c, ITensor& x, PoolingType type, const Window& window, bool excludePadding) {
    const nvinfer1::Dims dims = dimsOf(x);
    const bool dynamic = !isStatic(toDims({dims.d + 2, dims.d + dims.nbDims}));
    if (window.dilated() || (dynamic && roundsUpAsCaffe(window))) {
        // The pooling layer of the API has no dilation, and rounds up in its own way.
        return c.made(cat("Pooling{operation=", type == PoolingType::kMAX ? "max" : "average",
                          ", window=", window.kernel, ", stride=", window.strides, ", pre=", window.before,
                          ", post=", window.after, ", dilation=", window.dilations, ", paddingMode=", textOf(window),
                          ", excludePadding=", flagText(excludePadding), "}"),
                      {&x});
    }
    auto& layer = c.add(c.network.addPoolingNd(x, type, toDims(window.kernel)));
    layer.setStrideNd(toDims(window.strides));
    layer.setPaddingMode(window.mode);
    if (!window.same()) {
        layer.setPrePadding(toDims(window.before));
        layer.setPostPadding(toDims(window.after));
    }
    layer.setAverageCountExcludesPadding(excludePadding);
    return *layer.getOutput(0);
}

//! Rounding up may add a window that starts behind the data; ONNX leaves it out, which is what rounding down gives. The
//! other axes then get the padding that rounding up would have reached.
void dropWindowsBehindData(const nvinfer1::Dims& dims, Window& window) {
    if (window.mode != PaddingMode::kEXPLICIT_ROUND_UP) return;
    bool drops = false;
    std::vector<int64_t> reach = window.after;
    for (size_t i = 0; i < window.kernel.size(); ++i) {
        const int64_t size = dims.d[i + 2];
        if (size < 0) return;
        const int64_t stride = window.strides[i];
        const int64_t extent = (window.kernel[i] - 1) * window.dilations[i] + 1;
        const int64_t room = size + window.before[i] + window.after[i] - extent;
        if (room < 0 || room % stride == 0) continue;
        const int64_t last = room / stride + 1;
        if (last * stride >= size + window.before[i]) {
            drops = true;
        } else {
            reach[i] += stride - room % stride;
        }
    }
    if (!drops) return;
    window.mode = PaddingMode::kEXPLICIT_ROUND_DOWN;
    window.after = reach;
}

//! Every axis behind batch and channels.
std::vector<int> spatialAxes(int rank) {
    if (rank < 3) fail(Code::kUNSUPPORTED_NODE_SHAPE, cat("the input has rank ", rank, " when at least 3 is needed"));
    std::vector<int> axes = allAxes(rank);
    axes.erase(axes.begin(), axes.begin() + 2);
    return axes;
}

double exponentOf(Context& c) {
    // An integer attribute since opset 2.
    const int64_t p = c.node.integer("p", 2);
    if (p < 1) fail(Code::kINVALID_NODE, cat("attribute p is ", p));
    return static_cast<double>(p);
}

ITensor& absolutePower(Context& c, ITensor& x, double p) {
    if (p == 2) return binary(c, x, x, ElementWiseOperation::kPROD);
    ITensor& magnitude = unary(c, x, UnaryOperation::kABS);
    return p == 1 ? magnitude : withNumber(c, magnitude, ElementWiseOperation::kPOW, p);
}

ITensor& root(Context& c, ITensor& x, double p) {
    if (p == 1) return x;
    return p == 2 ? unary(c, x, UnaryOperation::kSQRT) : withNumber(c, x, ElementWiseOperation::kPOW, 1 / p);
}

}  // namespace

void importPool(Context& c) {
    const bool max = c.node.op() == "MaxPool";
    Window window = readWindow(c, c.rank(0) - 2, {});
    dropWindowsBehindData(c.dims(0), window);
    const bool excludePadding = !c.node.flag("count_include_pad");
    ITensor& x = c.tensor(0);
    ITensor& y = pooled(c, x, max ? PoolingType::kMAX : PoolingType::kAVERAGE, window, excludePadding);
    c.output(0, y);
    if (max && c.wants(1)) c.output(1, indicesOfMaxPool(c, x, window, y));
}

//! MaxPool with the channels last.
void importNhwcMaxPool(Context& c) {
    ITensor& x = channelsFirst(c, c.tensor(0));
    Window window = readWindow(c, c.rank(0) - 2, {});
    dropWindowsBehindData(dimsOf(x), window);
    c.output(0, channelsLast(c, pooled(c, x, PoolingType::kMAX, window, true)));
}

void importQLinearAveragePool(Context& c) {
    ITensor& real = dequantized(c, 0, 1, 2, 0);
    const int rank = dimsOf(real).nbDims;
    const bool last = c.node.flag("channels_last");
    ITensor& x = last ? channelsFirst(c, real) : real;
    Window window = readWindow(c, rank - 2, {});
    dropWindowsBehindData(dimsOf(x), window);
    ITensor& y = pooled(c, x, PoolingType::kAVERAGE, window, !c.node.flag("count_include_pad"));
    c.output(0, quantized(c, last ? channelsLast(c, y) : y, 3, 4, 1));
}

//! (sum of |x|^p)^(1/p): an average with the padding counted, times the size of the window.
void importLpPool(Context& c) {
    const Window window = readWindow(c, c.rank(0) - 2, {});
    const double p = exponentOf(c);
    ITensor& mean = pooled(c, absolutePower(c, c.tensor(0), p), PoolingType::kAVERAGE, window, false);
    double count = 1;
    for (const int64_t size : window.kernel) count *= static_cast<double>(size);
    c.output(0, root(c, withNumber(c, mean, ElementWiseOperation::kPROD, count), p));
}

void importGlobalPool(Context& c) {
    ITensor& x = c.tensor(0);
    const auto operation =
        c.node.op() == "GlobalMaxPool" ? nvinfer1::ReduceOperation::kMAX : nvinfer1::ReduceOperation::kAVG;
    c.output(0, reduce(c, x, operation, spatialAxes(dimsOf(x).nbDims), true));
}

void importGlobalLpPool(Context& c) {
    ITensor& x = c.tensor(0);
    const double p = exponentOf(c);
    ITensor& powers = absolutePower(c, x, p);
    c.output(0, root(c, reduce(c, powers, nvinfer1::ReduceOperation::kSUM, spatialAxes(dimsOf(x).nbDims), true), p));
}

}  // namespace opentrt::model
