// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/build.h"

#include <algorithm>
#include <numeric>

#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

//! A reshape to constant dimensions can express it: at most one unknown, and no zero that would leave -1 undefined.
bool plainReshape(const std::vector<int64_t>& dims) {
    const auto unknown = std::count(dims.begin(), dims.end(), -1);
    return unknown == 0 || (unknown == 1 && std::count(dims.begin(), dims.end(), 0) == 0);
}

}  // namespace

ITensor& cast(Context& c, ITensor& x, DataType to) {
    return x.getType() == to ? x : c.out(c.network.addCast(x, to));
}

ITensor& unary(Context& c, ITensor& x, nvinfer1::UnaryOperation operation) {
    return c.out(c.network.addUnary(x, operation));
}

ITensor& activation(Context& c, ITensor& x, nvinfer1::ActivationType type, float alpha, float beta) {
    auto& layer = c.add(c.network.addActivation(x, type));
    layer.setAlpha(alpha);
    layer.setBeta(beta);
    return *layer.getOutput(0);
}

ITensor& binary(Context& c, ITensor& a, ITensor& b, nvinfer1::ElementWiseOperation operation) {
    const int rank = std::max(dimsOf(a).nbDims, dimsOf(b).nbDims);
    return c.out(c.network.addElementWise(raised(c, a, rank), raised(c, b, rank), operation));
}

ITensor& select(Context& c, ITensor& condition, ITensor& yes, ITensor& no) {
    const int rank = std::max({dimsOf(condition).nbDims, dimsOf(yes).nbDims, dimsOf(no).nbDims});
    return c.out(c.network.addSelect(raised(c, condition, rank), raised(c, yes, rank), raised(c, no, rank)));
}

ITensor& withNumber(Context& c, ITensor& x, nvinfer1::ElementWiseOperation operation, double number) {
    ITensor& constant = c.number(x.getType(), number, dimsOf(x).nbDims);
    return c.out(c.network.addElementWise(x, constant, operation));
}

ITensor& reduce(Context& c, ITensor& x, nvinfer1::ReduceOperation operation, const std::vector<int>& axes, bool keep) {
    return c.out(c.network.addReduce(x, operation, maskOf(axes), keep));
}

ITensor& raised(Context& c, ITensor& x, int rank) {
    const int missing = rank - dimsOf(x).nbDims;
    return missing <= 0 ? x : unsqueezed(c, x, allAxes(missing));
}

ITensor& unsqueezed(Context& c, ITensor& x, const std::vector<int>& axes) {
    if (axes.empty()) return x;
    std::vector<int64_t> dims = toList(dimsOf(x));
    for (const int axis : axes) {
        if (static_cast<size_t>(axis) > dims.size())
            fail(Code::kUNSUPPORTED_NODE_SHAPE, cat("an input of rank ", dimsOf(x).nbDims, " has too few dimensions"));
        dims.insert(dims.begin() + axis, 1);
    }
    if (plainReshape(dims)) return reshaped(c, x, dims);
    return c.out(c.network.addUnsqueeze(x, c.integerList({axes.begin(), axes.end()})));
}

ITensor& squeezed(Context& c, ITensor& x, const std::vector<int>& axes) {
    if (axes.empty()) return x;
    const std::vector<int64_t> dims = toList(dimsOf(x));
    std::vector<int64_t> rest;
    bool known = true;
    for (size_t i = 0; i < dims.size(); ++i) {
        const bool drop = std::binary_search(axes.begin(), axes.end(), static_cast<int>(i));
        if (!drop) rest.push_back(dims[i]);
        known = known && (!drop || dims[i] == 1);
    }
    if (known && plainReshape(rest)) return reshaped(c, x, rest);
    return c.out(c.network.addSqueeze(x, c.integerList({axes.begin(), axes.end()})));
}

ITensor& reshaped(Context& c, ITensor& x, const std::vector<int64_t>& dims) {
    auto& layer = c.add(c.network.addShuffle(x));
    layer.setZeroIsPlaceholder(false);
    layer.setReshapeDimensions(toDims(dims));
    return *layer.getOutput(0);
}

ITensor& reshapedLike(Context& c, ITensor& x, ITensor& shape, bool zeroCopies) {
    auto& layer = c.add(c.network.addShuffle(x));
    layer.setZeroIsPlaceholder(zeroCopies);
    layer.setInput(1, shape);
    return *layer.getOutput(0);
}

ITensor& transposed(Context& c, ITensor& x, const std::vector<int>& order) {
    if (order == allAxes(static_cast<int>(order.size()))) return x;
    auto& layer = c.add(c.network.addShuffle(x));
    nvinfer1::Permutation permutation{};
    std::copy(order.begin(), order.end(), permutation.order);
    layer.setFirstTranspose(permutation);
    return *layer.getOutput(0);
}

ITensor& channelsFirst(Context& c, ITensor& x) {
    std::vector<int> order = allAxes(dimsOf(x).nbDims);
    if (order.size() > 1) std::rotate(order.begin() + 1, order.end() - 1, order.end());
    return transposed(c, x, order);
}

ITensor& channelsLast(Context& c, ITensor& x) {
    std::vector<int> order = allAxes(dimsOf(x).nbDims);
    if (order.size() > 1) std::rotate(order.begin() + 1, order.begin() + 2, order.end());
    return transposed(c, x, order);
}

ITensor& asScalar(Context& c, ITensor& x) {
    const nvinfer1::Dims dims = dimsOf(x);
    return dims.nbDims == 0 ? x : squeezed(c, x, allAxes(dims.nbDims));
}

ITensor& identity(Context& c, ITensor& x) {
    return c.out(c.network.addIdentity(x));
}

ITensor& gathered(Context& c, ITensor& data, ITensor& indices, int axis) {
    return c.out(c.network.addGather(data, indices, axis));
}

ITensor& concatenated(Context& c, const std::vector<ITensor*>& parts, int axis) {
    if (parts.size() == 1) return *parts[0];
    auto& layer = c.add(c.network.addConcatenation(parts.data(), static_cast<int32_t>(parts.size())));
    layer.setAxis(axis);
    return *layer.getOutput(0);
}

ITensor& logSoftmax(Context& c, ITensor& x, int axis) {
    ITensor& most = reduce(c, x, nvinfer1::ReduceOperation::kMAX, {axis}, true);
    ITensor& centred = binary(c, x, most, nvinfer1::ElementWiseOperation::kSUB);
    ITensor& parts = unary(c, centred, nvinfer1::UnaryOperation::kEXP);
    ITensor& sum = reduce(c, parts, nvinfer1::ReduceOperation::kSUM, {axis}, true);
    return binary(c, centred, unary(c, sum, nvinfer1::UnaryOperation::kLOG), nvinfer1::ElementWiseOperation::kSUB);
}

ITensor& positions(Context& c, ITensor& x, int axis, DataType type) {
    const int rank = dimsOf(x).nbDims;
    std::vector<int> ones;
    for (int i = 0; i < rank; ++i) {
        if (i != axis) ones.push_back(i);
    }
    return unsqueezed(c, ramp(c, sizeOf(c, x, axis), type), ones);
}

void requireFloating(Context& c, int input) {
    const DataType type = c.type(input);
    if (type == DataType::kFLOAT || type == DataType::kHALF || type == DataType::kBF16) return;
    fail(Code::kUNSUPPORTED_NODE_DATATYPE, cat("input ", input, " \"", c.node.input(input), "\" is of type ",
                                               nameOf(type), " when it should be floating"));
}

std::vector<int> allAxes(int rank) {
    std::vector<int> axes(static_cast<size_t>(rank));
    std::iota(axes.begin(), axes.end(), 0);
    return axes;
}

}  // namespace opentrt::model
