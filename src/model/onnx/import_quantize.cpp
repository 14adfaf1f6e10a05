// SPDX-License-Identifier: Apache-2.0
// QuantizeLinear and DequantizeLinear become quantize and dequantize layers; zero points that are constant zeros are
// dropped, as they say nothing. Operators with integer arithmetic inside are taken apart into these and float ones.
#include "model/onnx/build.h"
#include "model/onnx/lookup.h"
#include "model/onnx/operators.h"
#include "model/onnx/quantize.h"
#include "model/onnx/schema.h"
#include "model/onnx/sizes.h"
#include "model/onnx/tensor_reader.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using onnx::ElementType;

//! Scale and zero point of a quantize or dequantize layer.
struct Parameters {
    ITensor* scale;
    ITensor* zero;  //!< null when it is left out or all zero
    int axis;       //!< -1: one scale for the whole tensor
    int64_t block;  //!< 0: none
};

bool allZero(Context& c, int input) {
    const ConstantPtr zero = c.constant(input);
    if (!zero) return !c.has(input);
    for (int64_t i = 0; i < zero->count; ++i) {
        if (realAt(*zero, i) != 0) return false;
    }
    return true;
}

Parameters parameters(Context& c, const nvinfer1::Dims& data, int scale, int zero, int64_t axis, int64_t block) {
    Parameters p{nullptr, nullptr, -1, 0};
    const nvinfer1::Dims dims = c.dims(scale);
    const bool single = dims.nbDims == 0 || (dims.nbDims == 1 && dims.d[0] == 1);
    ITensor& given = c.tensor(scale);
    p.scale = single ? &asScalar(c, given) : &given;
    if (!allZero(c, zero)) p.zero = single ? &asScalar(c, c.tensor(zero)) : &c.tensor(zero);
    if (single) return p;
    p.axis = checkedAxis(axis, data.nbDims);
    if (block > 0) {
        p.block = block;
    } else if (dims.nbDims != 1) {
        fail(Code::kUNSUPPORTED_NODE_SHAPE, cat("the scale has rank ", dims.nbDims,
                                                "; without block_size it is one number "
                                                "or a list along attribute axis"));
    } else if (dims.d[0] >= 0 && data.d[p.axis] >= 0 && dims.d[0] != data.d[p.axis]) {
        fail(Code::kINVALID_NODE,
             cat("there are ", dims.d[0], " scales when dimension ", p.axis, " is ", data.d[p.axis]));
    }
    return p;
}

template <class Layer>
ITensor& finish(Layer& layer, const Parameters& p, int rank) {
    if (p.axis >= 0 && p.block == 0) layer.setAxis(p.axis);
    if (p.block > 0) {
        std::vector<int64_t> blocks(static_cast<size_t>(rank), 1);
        blocks[static_cast<size_t>(p.axis)] = p.block;
        layer.setBlockShape(toDims(blocks));
    }
    if (p.zero) layer.setInput(2, *p.zero);
    return *layer.getOutput(0);
}

//! A list along `axis` of a tensor of rank `rank`; one number stays as it is.
ITensor& along(Context& c, ITensor& list, int axis, int rank) {
    const nvinfer1::Dims dims = dimsOf(list);
    if (dims.nbDims == 0 || (dims.nbDims == 1 && dims.d[0] == 1)) return raised(c, list, rank);
    if (dims.nbDims != 1) return list;
    std::vector<int64_t> shape(static_cast<size_t>(rank), 1);
    shape[static_cast<size_t>(axis)] = -1;
    return reshaped(c, list, shape);
}

void checkSupported(Context& c, DataType type) {
    static constexpr DataType kTypes[] = {DataType::kINT8, DataType::kUINT8, DataType::kINT4,
                                          DataType::kFP8,  DataType::kFP4,   DataType::kINT32};
    if (std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes)) return;
    fail(Code::kUNSUPPORTED_NODE_DATATYPE, cat("type ", nameOf(type), " is not a quantized type of ", c.node.op()));
}

//! Quantized types that a network holds in wider ones, which do not saturate where these do.
struct Limits {
    ElementType type;
    double low, high;
};
constexpr Limits kLimits[] = {{ElementType::INT16, -32768, 32767}, {ElementType::UINT16, 0, 65535},
                              {ElementType::UINT4, 0, 15},         {ElementType::INT2, -2, 1},
                              {ElementType::UINT2, 0, 3},          {ElementType::UINT32, 0, 4294967295}};

//! The scale or zero point, one number for each element of x or such that it broadcasts.
ITensor& spread(Context& c, ITensor& list, const Parameters& p, ITensor& x) {
    ITensor& real = cast(c, list, DataType::kFLOAT);
    const int rank = dimsOf(x).nbDims;
    if (p.block <= 0) return along(c, real, std::max(p.axis, 0), rank);
    Sizes dims = sizesOf(c, real);
    const auto at = static_cast<size_t>(p.axis);
    dims.insert(dims.begin() + p.axis + 1, p.block);
    ITensor& copies = expanded(c, unsqueezed(c, real, {p.axis + 1}), dims);
    dims.erase(dims.begin() + p.axis + 1);
    dims[at] = times(c, dims[at], p.block);
    return sliced(c, reshapedTo(c, copies, dims), {{p.axis}, {0}, {sizeOf(c, x, p.axis)}, {}});
}

//! saturate(round(x / scale) + zero) for a type that the quantize layer does not have.
ITensor& quantizedByHand(Context& c, ITensor& x, const Parameters& p, int32_t type) {
    ITensor& steps = binary(c, cast(c, x, DataType::kFLOAT), spread(c, *p.scale, p, x), ElementWiseOperation::kDIV);
    const auto shifted = [&](ITensor& y) -> ITensor& {
        return p.zero ? binary(c, y, spread(c, *p.zero, p, x), ElementWiseOperation::kSUM) : y;
    };
    const DataType held = networkType(type);
    if (held == DataType::kHALF)
        return cast(c, roundedTo(c, shifted(steps), type, c.node.flag("saturate", true)), held);
    ITensor& whole = shifted(unary(c, steps, nvinfer1::UnaryOperation::kROUND));
    for (const Limits& limits : kLimits) {
        if (static_cast<int32_t>(limits.type) != type) continue;
        ITensor& above = withNumber(c, whole, ElementWiseOperation::kMAX, limits.low);
        return cast(c, withNumber(c, above, ElementWiseOperation::kMIN, limits.high), held);
    }
    fail(Code::kUNSUPPORTED_NODE_DATATYPE, cat("quantization to ", onnxTypeName(type), " is not supported"));
}

//! Of the result, as far as attribute or zero point say; 0 otherwise.
int32_t quantizedOnnxType(Context& c, int zero) {
    const int64_t attribute = c.node.integer("output_dtype", 0);
    if (attribute != 0) return static_cast<int32_t>(attribute);
    return c.has(zero) ? c.onnxType(zero) : 0;
}

DataType quantizedType(Context& c, int zero) {
    if (const int32_t known = quantizedOnnxType(c, zero)) return networkType(known);
    return c.has(zero) ? c.type(zero) : DataType::kUINT8;
}

//! In the type of the zero point, input `zero`, or of attribute output_dtype.
ITensor& quantizedBy(Context& c, ITensor& x, const Parameters& p, int zero) {
    const int32_t wanted = quantizedOnnxType(c, zero);
    if (wanted != 0 && holdsMore(wanted)) return quantizedByHand(c, x, p, wanted);
    const DataType type = quantizedType(c, zero);
    checkSupported(c, type);
    return finish(c.add(c.network.addQuantize(x, *p.scale, type)), p, dimsOf(x).nbDims);
}

}  // namespace

ITensor& centred(Context& c, int x, int zero, int axis) {
    ITensor& real = cast(c, c.tensor(x), DataType::kFLOAT);
    if (allZero(c, zero)) return real;
    ITensor& offset = cast(c, c.tensor(zero), DataType::kFLOAT);
    return binary(c, real, along(c, offset, axis, dimsOf(real).nbDims), ElementWiseOperation::kSUB);
}

ITensor& dequantized(Context& c, int x, int scale, int zero, int axis) {
    ITensor& data = c.tensor(x);
    const Parameters p = parameters(c, dimsOf(data), scale, zero, axis, 0);
    auto& layer = c.add(c.network.addDequantize(data, *p.scale, p.scale->getType()));
    return finish(layer, p, dimsOf(data).nbDims);
}

ITensor& quantized(Context& c, ITensor& x, int scale, int zero, int axis) {
    return quantizedBy(c, x, parameters(c, dimsOf(x), scale, zero, axis, 0), zero);
}

void importQuantizeLinear(Context& c) {
    ITensor& x = c.tensor(0);
    const Parameters p = parameters(c, dimsOf(x), 1, 2, c.node.integer("axis", 1), c.node.integer("block_size", 0));
    c.output(0, quantizedBy(c, x, p, 2), quantizedOnnxType(c, 2));
}

void importDequantizeLinear(Context& c) {
    ITensor& x = c.tensor(0);
    const int64_t attribute = c.node.integer("output_dtype", 0);
    const DataType type = attribute != 0 ? networkType(static_cast<int32_t>(attribute)) : c.type(1);
    const int rank = dimsOf(x).nbDims;
    const Parameters p = parameters(c, dimsOf(x), 1, 2, c.node.integer("axis", 1), c.node.integer("block_size", 0));
    const int32_t given = c.onnxType(0);
    if (x.getType() == DataType::kHALF && given != 0 && holdsMore(given)) {
        ITensor* real = &cast(c, x, DataType::kFLOAT);
        if (p.zero) real = &binary(c, *real, spread(c, *p.zero, p, x), ElementWiseOperation::kSUB);
        return c.output(0, cast(c, binary(c, *real, spread(c, *p.scale, p, x), ElementWiseOperation::kPROD), type));
    }
    checkSupported(c, x.getType());
    auto& layer = c.add(c.network.addDequantize(x, *p.scale, isFloating(type) ? type : DataType::kFLOAT));
    c.output(0, finish(layer, p, rank));
}

// scale = (max(0, x) - min(0, x)) / 255, zero = saturate(round(-min / scale)), y = saturate(round(x / scale) + zero).
DynamicallyQuantized dynamicallyQuantized(Context& c, ITensor& x) {
    const std::vector<int> axes = allAxes(dimsOf(x).nbDims);
    const auto extreme = [&](nvinfer1::ReduceOperation operation) -> ITensor& {
        return axes.empty() ? x : reduce(c, x, operation, axes, false);
    };
    ITensor& least = withNumber(c, extreme(nvinfer1::ReduceOperation::kMIN), ElementWiseOperation::kMIN, 0);
    ITensor& most = withNumber(c, extreme(nvinfer1::ReduceOperation::kMAX), ElementWiseOperation::kMAX, 0);
    ITensor& range = binary(c, most, least, ElementWiseOperation::kSUB);
    ITensor& scale = withNumber(c, range, ElementWiseOperation::kDIV, 255);
    const auto clamped = [&](ITensor& value) -> ITensor& {
        ITensor& clipped = activation(c, value, nvinfer1::ActivationType::kCLIP, 0, 255);
        return cast(c, clipped, DataType::kUINT8);
    };
    ITensor& shift =
        unary(c, binary(c, unary(c, least, nvinfer1::UnaryOperation::kNEG), scale, ElementWiseOperation::kDIV),
              nvinfer1::UnaryOperation::kROUND);
    ITensor& zero = clamped(shift);
    ITensor& steps = unary(c, binary(c, x, scale, ElementWiseOperation::kDIV), nvinfer1::UnaryOperation::kROUND);
    ITensor& shifted = binary(c, steps, cast(c, zero, x.getType()), ElementWiseOperation::kSUM);
    return {clamped(shifted), scale, zero};
}

void importDynamicQuantizeLinear(Context& c) {
    const DynamicallyQuantized y = dynamicallyQuantized(c, c.tensor(0));
    c.output(0, y.values);
    c.output(1, y.scale);
    c.output(2, y.zero);
}

}  // namespace opentrt::model
