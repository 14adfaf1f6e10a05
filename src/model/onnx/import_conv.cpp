// SPDX-License-Identifier: Apache-2.0
// Conv, ConvTranspose and their quantized relatives. Constant kernels become weights of the layer; computed ones
// (mostly behind DequantizeLinear) come in as tensors.
#include "model/onnx/build.h"
#include "model/onnx/fused_activation.h"
#include "model/onnx/operators.h"
#include "model/onnx/quantize.h"
#include "model/onnx/sizes.h"
#include "model/onnx/window.h"

namespace opentrt::model {
namespace {

struct Kernel {
    nvinfer1::Dims dims;
    ConstantPtr constant;  //!< null when computed
    ITensor* tensor = nullptr;
};

Kernel kernelOf(Context& c, int input, int inputRank) {
    Kernel kernel{c.dims(input), c.constant(input), nullptr};
    if (kernel.dims.nbDims != inputRank) {
        fail(Code::kINVALID_NODE,
             cat("the weights have rank ", kernel.dims.nbDims, " when the input has rank ", inputRank));
    }
    if (inputRank < 3) {
        fail(Code::kUNSUPPORTED_NODE_SHAPE, cat("the input has rank ", inputRank,
                                                "; batch, channels and at least one "
                                                "spatial dimension are needed"));
    }
    if (!isStatic(kernel.dims)) {
        fail(Code::kUNSUPPORTED_NODE_DYNAMIC, cat("the weights \"", c.node.input(input), "\" have dynamic dimensions"));
    }
    if (!kernel.constant) kernel.tensor = &c.tensor(input);
    return kernel;
}

std::vector<int64_t> spatial(const nvinfer1::Dims& dims) {
    return {dims.d + 2, dims.d + dims.nbDims};
}

int64_t groupsOf(Context& c) {
    const int64_t groups = c.node.integer("group", 1);
    if (groups < 1 || groups > INT32_MAX) fail(Code::kINVALID_NODE, cat("attribute group is ", groups));
    return groups;
}

//! Weights and groups of a new layer, with kernel and bias as inputs where they are not constant.
template <class Layer>
ITensor& finish(Context& c, Layer& layer, const Kernel& kernel, const Window& window, int64_t groups, int bias) {
    setWindow(layer, window);
    layer.setNbGroups(groups);
    if (!kernel.constant) layer.setInput(1, *kernel.tensor);
    // A bias that is constant is given as weights when the layer is made.
    if (c.has(bias) && !c.constant(bias)) layer.setInput(2, c.tensor(bias));
    return *layer.getOutput(0);
}

nvinfer1::Weights kernelWeights(Context& c, const Kernel& kernel) {
    return kernel.constant ? c.weights(kernel.constant) : c.noWeights(kernel.tensor->getType());
}

nvinfer1::Weights biasWeights(Context& c, int input) {
    const ConstantPtr bias = c.constant(input);
    return bias ? c.weights(bias) : c.noWeights(c.type(1));
}

//! A layer wants to know its channels; where the model leaves them open, the weights tell.
ITensor& withChannels(Context& c, ITensor& x, int64_t channels) {
    if (dimsOf(x).d[1] >= 0) return x;
    Sizes dims = sizesOf(c, x);
    dims[1] = channels;
    return reshapedTo(c, x, dims);
}

ITensor& convolution(Context& c, ITensor& given, const Kernel& kernel, int bias) {
    const Window window = readWindow(c, kernel.dims.nbDims - 2, spatial(kernel.dims));
    const int64_t groups = groupsOf(c);
    ITensor& x = withChannels(c, given, kernel.dims.d[1] * groups);
    const int64_t maps = kernel.dims.d[0];
    const int64_t channels = dimsOf(x).d[1];
    if (maps % groups != 0 || (channels >= 0 && channels != kernel.dims.d[1] * groups)) {
        fail(Code::kINVALID_NODE, cat("the weights ", toList(kernel.dims), " with ", groups,
                                      " groups do not match the input ", toList(dimsOf(x))));
    }
    auto& layer = c.add(
        c.network.addConvolutionNd(x, maps, toDims(window.kernel), kernelWeights(c, kernel), biasWeights(c, bias)));
    return finish(c, layer, kernel, window, groups, bias);
}

//! Pads of a transposed convolution. Padding behind may come out negative: output_padding lengthens the result.
void resolveTransposedPads(Context& c, ITensor& x, Window& window) {
    const size_t axes = window.kernel.size();
    std::vector<int64_t> extra = c.node.integers("output_padding");
    std::vector<int64_t> shape = c.node.integers("output_shape");
    if (extra.empty()) extra.assign(axes, 0);
    // Some exporters write batch and channels into output_shape too.
    if (shape.size() == axes + 2) shape.erase(shape.begin(), shape.begin() + 2);
    if (extra.size() != axes || (!shape.empty() && shape.size() != axes)) {
        fail(Code::kINVALID_NODE, "output_padding or output_shape has a wrong number of entries");
    }
    const bool upper = window.mode == nvinfer1::PaddingMode::kSAME_UPPER;
    const nvinfer1::Dims dims = dimsOf(x);
    for (size_t i = 0; i < axes; ++i) {
        const int64_t extent = (window.kernel[i] - 1) * window.dilations[i] + 1;
        if (extra[i] < 0 || extra[i] > extent + window.strides[i]) {
            fail(Code::kINVALID_NODE, cat("attribute output_padding = ", extra, " is out of range"));
        }
        int64_t total = extent - window.strides[i] + extra[i];
        if (!shape.empty()) {
            const int64_t size = dims.d[i + 2];
            if (size < 0) {
                fail(Code::kUNSUPPORTED_NODE_DYNAMIC,
                     "output_shape with a dynamic input is not supported; write pads instead");
            }
            total = window.strides[i] * (size - 1) + extra[i] + extent - shape[i];
        }
        if (!shape.empty() || window.same()) {
            const int64_t half = total < 0 ? 0 : total / 2;
            window.before[i] = upper ? half : (total < 0 ? 0 : total - half);
            window.after[i] = total - window.before[i];
        }
        window.after[i] -= extra[i];
    }
    window.mode = nvinfer1::PaddingMode::kEXPLICIT_ROUND_DOWN;
}

}  // namespace

void importConv(Context& c) {
    const Kernel kernel = kernelOf(c, 1, c.rank(0));
    c.output(0, convolution(c, c.tensor(0), kernel, 2));
}

//! Conv, then a sum with another tensor, then an activation; the last two may be left out.
void importFusedConv(Context& c) {
    const Kernel kernel = kernelOf(c, 1, c.rank(0));
    ITensor* y = &convolution(c, c.tensor(0), kernel, 2);
    if (c.has(3)) y = &binary(c, *y, c.tensor(3), nvinfer1::ElementWiseOperation::kSUM);
    c.output(0, withActivation(c, *y, c.node.text("activation", ""), c.node.reals("activation_params")));
}

//! Conv and FusedConv whose input, sum and result have the channels last; the weights are as Conv's.
void importNhwcConv(Context& c) {
    ITensor& x = channelsFirst(c, c.tensor(0));
    ITensor* y = &channelsLast(c, convolution(c, x, kernelOf(c, 1, dimsOf(x).nbDims), 2));
    if (c.has(3)) y = &binary(c, *y, c.tensor(3), nvinfer1::ElementWiseOperation::kSUM);
    c.output(0, withActivation(c, *y, c.node.text("activation", ""), c.node.reals("activation_params")));
}

void importConvTranspose(Context& c) {
    const Kernel kernel = kernelOf(c, 1, c.rank(0));
    ITensor& x = withChannels(c, c.tensor(0), kernel.dims.d[0]);
    Window window = readWindow(c, kernel.dims.nbDims - 2, spatial(kernel.dims));
    resolveTransposedPads(c, x, window);
    const int64_t groups = groupsOf(c);
    const int64_t channels = dimsOf(x).d[1];
    if (kernel.dims.d[0] % groups != 0 || (channels >= 0 && channels != kernel.dims.d[0])) {
        fail(Code::kINVALID_NODE, cat("the weights ", toList(kernel.dims), " with ", groups,
                                      " groups do not match the input ", toList(dimsOf(x))));
    }
    auto& layer = c.add(c.network.addDeconvolutionNd(x, kernel.dims.d[1] * groups, toDims(window.kernel),
                                                     kernelWeights(c, kernel), biasWeights(c, 2)));
    c.output(0, finish(c, layer, kernel, window, groups, 2));
}

//! Integers are convolved as floats: exact while sums stay below 2^24.
void importConvInteger(Context& c) {
    ITensor& x = centred(c, 0, 2, 1);
    Kernel kernel = kernelOf(c, 1, dimsOf(x).nbDims);
    kernel.constant = nullptr;
    kernel.tensor = &centred(c, 1, 3, 0);
    c.output(0, cast(c, convolution(c, x, kernel, 4), DataType::kINT32));
}

//! That of com.microsoft may have the channels last, except in the weights.
void importQLinearConv(Context& c) {
    const bool last = c.node.flag("channels_last");
    ITensor& given = dequantized(c, 0, 1, 2, last ? c.rank(0) - 1 : 1);
    ITensor& x = last ? channelsFirst(c, given) : given;
    Kernel kernel = kernelOf(c, 3, dimsOf(x).nbDims);
    kernel.constant = nullptr;
    kernel.tensor = &dequantized(c, 3, 4, 5, 0);
    ITensor* y = &convolution(c, x, kernel, 9);
    if (c.has(8)) {
        // The bias counts in steps of both scales together.
        ITensor& scale = binary(c, c.tensor(1), c.tensor(4), nvinfer1::ElementWiseOperation::kPROD);
        ITensor& bias = binary(c, cast(c, c.tensor(8), DataType::kFLOAT), scale, nvinfer1::ElementWiseOperation::kPROD);
        std::vector<int64_t> dims(static_cast<size_t>(dimsOf(*y).nbDims), 1);
        dims[1] = -1;
        y = &binary(c, *y, reshaped(c, bias, dims), nvinfer1::ElementWiseOperation::kSUM);
    }
    if (last) y = &channelsLast(c, *y);
    c.output(0, quantized(c, *y, 6, 7, last ? dimsOf(*y).nbDims - 1 : 1));
}

}  // namespace opentrt::model
