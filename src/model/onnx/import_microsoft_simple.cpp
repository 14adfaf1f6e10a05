// SPDX-License-Identifier: Apache-2.0
// Operators of ONNX Runtime that a few layers express: fusions of pointwise steps with a softmax, a normalisation or a
// gate, and what it had before the standard did. Tested by tests/onnx_nodes/own_simple.py.
#include "model/onnx/build.h"
#include "model/onnx/microsoft_parts.h"
#include "model/onnx/operators.h"
#include "model/onnx/quantize.h"

namespace opentrt::model {
namespace {

using nvinfer1::ActivationType;
using nvinfer1::ElementWiseOperation;
using nvinfer1::ReduceOperation;
using nvinfer1::UnaryOperation;

ITensor& floats(Context& c, int input) {
    return cast(c, c.tensor(input), DataType::kFLOAT);
}

ITensor& sigmoid(Context& c, ITensor& x) {
    return activation(c, x, ActivationType::kSIGMOID);
}

//! The last axis in pieces of `size`.
ITensor& inPieces(Context& c, ITensor& x, const Size& size) {
    Sizes dims = sizesOf(c, x);
    dims.back() = divided(c, dims.back(), size);
    dims.push_back(size);
    return reshapedTo(c, x, dims);
}

//! By the root of the mean of squares over the last axis, which is not scaled.
ITensor& byRootMeanSquare(Context& c, ITensor& x, float epsilon) {
    return normalized(c, x, c.number(DataType::kFLOAT, 1, dimsOf(x).nbDims), nullptr, epsilon);
}

void requireInference(Context& c, int training) {
    if (c.has(training) && c.scalar(training) != 0.0)
        fail(Code::kUNSUPPORTED_NODE_INPUT, "input training_mode should be a constant that is false");
}

}  // namespace

//! Everything from the axis on is one row.
void importBiasSoftmax(Context& c) {
    ITensor& x = sum(c, c.tensor(0), c.tensor(1));
    const int axis = checkedAxis(c.node.integer("axis", 1), dimsOf(x).nbDims);
    const Sizes dims = sizesOf(c, x);
    const Size outer = product(c, {dims.begin(), dims.begin() + axis}),
               inner = product(c, {dims.begin() + axis, dims.end()});
    const bool last = axis + 1 == dimsOf(x).nbDims;
    auto& layer = c.add(c.network.addSoftMax(last ? x : reshapedTo(c, x, {outer, inner})));
    layer.setAxes(1U << static_cast<uint32_t>(last ? axis : 1));
    ITensor& y = *layer.getOutput(0);
    c.output(0, last ? y : reshapedTo(c, y, dims));
}

//! Without training nothing is dropped.
void importBiasDropout(Context& c) {
    requireInference(c, 4);
    ITensor& x = sum(c, c.tensor(0), c.tensor(1));
    c.output(0, c.has(2) ? sum(c, x, c.tensor(2)) : x);
    if (c.wants(1)) c.output(1, expanded(c, c.number(DataType::kBOOL, 1), sizesOf(c, x)));
}

void importBitmaskDropout(Context& c) {
    requireInference(c, 2);
    if (c.wants(1)) fail(Code::kUNSUPPORTED_NODE, "masks of packed bits are not supported");
    c.output(0, identity(c, c.tensor(0)));
}

//! Real and imaginary parts lie along the last axis; ComplexMulConj conjugates the second factor.
void importComplexMul(Context& c) {
    const auto parted = [&](int input, int64_t which) -> ITensor& {
        ITensor& x = c.tensor(input);
        return part(c, x, dimsOf(x).nbDims - 1, which, 1);
    };
    ITensor& a = parted(0, 0);
    ITensor& b = parted(0, 1);
    ITensor& p = parted(1, 0);
    const bool conjugate = c.node.op() == "ComplexMulConj";
    ITensor& q = conjugate ? unary(c, parted(1, 1), UnaryOperation::kNEG) : parted(1, 1);
    ITensor& real = binary(c, productOf(c, a, p), productOf(c, b, q), ElementWiseOperation::kSUB);
    ITensor& imaginary = sum(c, productOf(c, a, q), productOf(c, b, p));
    c.output(0, concatenated(c, {&real, &imaginary}, dimsOf(real).nbDims - 1));
}

void importGatedAdd(Context& c) {
    c.output(0, sum(c, c.tensor(0), productOf(c, c.tensor(1), c.tensor(2))));
}

void importScaledSilu(Context& c) {
    ITensor& x = c.tensor(0);
    ITensor& z = c.has(1) ? productOf(c, x, cast(c, asScalar(c, c.tensor(1)), x.getType()))
                          : withNumber(c, x, ElementWiseOperation::kPROD, c.node.real("alpha", 1));
    c.output(0, productOf(c, z, sigmoid(c, z)));
}

//! Each piece of the last axis, as long as the scale, by itself; times a gate.
void importGatedRmsNorm(Context& c) {
    const std::string function = c.node.text("activation", "silu");
    if (function != "silu" && function != "swish" && function != "sigmoid")
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute activation = \"", function, "\" is not supported"));
    ITensor& x = floats(c, 0);
    ITensor& pieces = inPieces(c, x, sizeOf(c, c.tensor(1), 0));
    ITensor& scaled = productOf(c, byRootMeanSquare(c, pieces, 1e-5F), floats(c, 1));
    ITensor& gate = floats(c, 2);
    ITensor& open = function == "sigmoid" ? sigmoid(c, gate) : productOf(c, gate, sigmoid(c, gate));
    c.output(0, cast(c, productOf(c, reshapedTo(c, scaled, sizesOf(c, x)), open), c.type(0)));
}

//! The branches are an axis, or lie behind each other in the last one.
void importBranchwiseRmsNorm(Context& c) {
    ITensor& x = floats(c, 0);
    const int64_t branches = c.node.integer("num_branches", 0);
    const Sizes dims = sizesOf(c, x);
    ITensor& apart = branches > 0 ? inPieces(c, x, divided(c, dims.back(), branches)) : x;
    const Sizes grouped = sizesOf(c, apart);
    ITensor* y = &byRootMeanSquare(c, apart, 1e-6F);
    if (c.has(1)) {
        ITensor* scale = &floats(c, 1);
        const Size width = grouped.back(), count = dimsOf(apart).nbDims > 1 ? grouped[grouped.size() - 2] : Size(1);
        const Size length = sizeOf(c, *scale, 0);
        // A list of all branches, unless it is as long as one of them or nothing says how long it is.
        const bool whole = length.known ? length.known != width.known : branches > 0;
        if (dimsOf(*scale).nbDims == 1 && whole) scale = &reshapedTo(c, *scale, {count, width});
        y = &productOf(c, *y, *scale);
    }
    c.output(0, cast(c, reshapedTo(c, *y, dims), c.type(0)));
}

//! How much a state decays and how much of an update it takes.
void importLinearAttentionGate(Context& c) {
    ITensor& shifted = sum(c, floats(c, 0), c.tensor(1));
    ITensor& soft = activation(c, shifted, ActivationType::kSOFTPLUS, 1, 1);
    c.output(0, cast(c, productOf(c, soft, c.tensor(2)), c.type(0)));
    if (c.wants(1)) c.output(1, cast(c, sigmoid(c, floats(c, 3)), c.type(0)));
}

void importTorchEmbedding(Context& c) {
    c.output(0, gathered(c, c.tensor(0), c.tensor(1), 0));
}

//! Windows along one axis; the place within a window becomes the last axis.
void importUnfoldTensor(Context& c) {
    ITensor& x = c.tensor(0);
    const int rank = dimsOf(x).nbDims;
    const int axis = checkedAxis(c.node.integer("dim", -1), rank, "dim");
    const int64_t size = c.node.integer("size"), step = c.node.integer("step", 1);
    if (size < 1 || step < 1) fail(Code::kINVALID_NODE, cat("attributes size and step are ", size, " and ", step));
    const Size count = plus(c, divided(c, minus(c, sizeOf(c, x, axis), size), step), 1);
    ITensor& first =
        withNumber(c, ramp(c, count, DataType::kINT64), ElementWiseOperation::kPROD, static_cast<double>(step));
    ITensor& places = sum(c, unsqueezed(c, first, {1}), unsqueezed(c, ramp(c, size, DataType::kINT64), {0}));
    std::vector<int> order = allAxes(rank + 1);
    order.erase(order.begin() + axis + 1);
    order.push_back(axis + 1);
    c.output(0, transposed(c, gathered(c, x, places, axis), order));
}

//! Of all inputs together; isinf_only and isnan_only look for one kind alone.
void importIsAllFinite(Context& c) {
    const bool onlyInfinite = c.node.flag("isinf_only"), onlyNan = c.node.flag("isnan_only");
    ITensor* found = nullptr;
    const auto look = [&](ITensor& x, UnaryOperation kind) {
        ITensor& here = cast(c, unary(c, x, kind), DataType::kINT32);
        ITensor& any = reduce(c, here, ReduceOperation::kMAX, allAxes(dimsOf(x).nbDims), false);
        found = found ? &binary(c, *found, any, ElementWiseOperation::kMAX) : &any;
    };
    for (int i = 0; i < c.inputCount(); ++i) {
        if (!onlyInfinite) look(c.tensor(i), UnaryOperation::kISNAN);
        if (!onlyNan) look(c.tensor(i), UnaryOperation::kISINF);
    }
    if (!found) fail(Code::kINVALID_NODE, "there is nothing to look at");
    c.output(0, withNumber(c, *found, ElementWiseOperation::kEQUAL, 0));
}

//! Of integers less their zero points, which fits floats exactly.
void importMulInteger(Context& c) {
    c.output(0, cast(c, productOf(c, centred(c, 0, 1, 0), centred(c, 2, 3, 0)), DataType::kINT32));
}

void importReduceSumInteger(Context& c) {
    ITensor& x = cast(c, c.tensor(0), DataType::kINT32);
    const std::vector<int> axes = checkedAxes(c.node.integers("axes"), dimsOf(x).nbDims);
    c.output(0, reduce(c, x, ReduceOperation::kSUM, axes, c.node.flag("keepdims", true)));
}

}  // namespace opentrt::model
