// SPDX-License-Identifier: Apache-2.0
// Operators with quantized operands of ONNX Runtime: dequantized, computed on floats, quantized again.
// Tested by tests/onnx_nodes/own_cases.py.
#include "model/onnx/build.h"
#include "model/onnx/microsoft_parts.h"
#include "model/onnx/operators.h"
#include "model/onnx/quantize.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::MatrixOperation;

ITensor& product(Context& c, ITensor& a, ITensor& b) {
    const int rank = std::max(dimsOf(a).nbDims, dimsOf(b).nbDims);
    return c.out(c.network.addMatrixMultiply(raised(c, a, rank), MatrixOperation::kNONE, raised(c, b, rank),
                                             MatrixOperation::kNONE));
}

ITensor& withBias(Context& c, ITensor& x, int bias) {
    return c.has(bias) ? binary(c, x, c.tensor(bias), ElementWiseOperation::kSUM) : x;
}

//! Places of the inputs with packed weights; -1: the operator does not have it.
struct FewBits {
    int codes, scales, zeros, groups;
    int64_t rows;
};

//! Weights [rows, blocks, bytes] of 2, 4 or 8 bits with one scale and one zero point per block, as a matrix
//! [columns, rows]. `groups` says the block of each column where they are not in order.
ConstantPtr unpackedWeights(Context& c, const FewBits& at) {
    const auto optional = [&](int input) { return input >= 0 ? c.constant(input) : nullptr; };
    const ConstantPtr packed = c.constant(at.codes), scales = c.constant(at.scales);
    const ConstantPtr zeros = optional(at.zeros), groups = optional(at.groups);
    const int64_t columns = c.node.integer("K"), rows = at.rows;
    const int64_t bits = c.node.integer("bits", 4);
    const int64_t block = c.node.integer("block_size");
    if (!packed || !scales || (at.zeros >= 0 && c.has(at.zeros) && !zeros) ||
        (at.groups >= 0 && c.has(at.groups) && !groups))
        fail(Code::kUNSUPPORTED_NODE_INPUT, "weights, scales, zero points and g_idx should be constants");
    if ((bits != 2 && bits != 4 && bits != 8) || block < 1 || rows < 1 || columns < 1 ||
        rows > (int64_t{1} << 31) / columns)
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("bits = ", bits, ", block_size = ", block, " are not supported"));
    const int64_t blocks = (columns + block - 1) / block;
    const int64_t perByte = 8 / bits;
    const int64_t bytes = (block + perByte - 1) / perByte;
    const int64_t zeroBytes = (blocks + perByte - 1) / perByte;
    const bool realZeros = zeros && isFloating(zeros->type);
    const int64_t wantedZeros = realZeros ? rows * blocks : rows * zeroBytes;
    if (packed->count != rows * blocks * bytes || scales->count != rows * blocks ||
        (zeros && zeros->count != wantedZeros) || (groups && groups->count < columns))
        fail(Code::kINVALID_NODE, cat("weights, scales, zero points and g_idx do not have the sizes that K = ", columns,
                                      ", N = ", rows, " and block_size = ", block, " need"));
    const auto code = [&](const Constant& from, int64_t row, int64_t i, int64_t rowBytes) {
        const int64_t byte = integerAt(from, row * rowBytes + i / perByte);
        return (byte >> (bits * (i % perByte))) & ((int64_t{1} << bits) - 1);
    };
    std::vector<double> values(static_cast<size_t>(rows * columns));
    for (int64_t column = 0; column < columns; ++column) {
        const int64_t b = groups ? integerAt(*groups, column) : column / block;
        if (b < 0 || b >= blocks) fail(Code::kINVALID_NODE, cat("g_idx names block ", b, " of ", blocks));
        for (int64_t row = 0; row < rows; ++row) {
            const int64_t number = code(*packed, row * blocks + column / block, column % block, bytes);
            double zero = static_cast<double>(int64_t{1} << (bits - 1));
            if (realZeros) zero = realAt(*zeros, row * blocks + b);
            if (zeros && !realZeros) zero = static_cast<double>(code(*zeros, row, b, zeroBytes));
            values[static_cast<size_t>(column * rows + row)] =
                (static_cast<double>(number) - zero) * realAt(*scales, row * blocks + b);
        }
    }
    return makeConstant(c.type(0), {columns, rows}, values);
}

//! The sum of inputs 0 and 1, which is also output `sumOutput`, scaled by input 2; both may be left out.
ITensor& normalizedBefore(Context& c, int sumOutput) {
    ITensor* x = &c.tensor(0);
    if (c.has(1)) x = &sum(c, *x, c.tensor(1));
    if (c.wants(sumOutput)) c.output(sumOutput, identity(c, *x));
    return c.has(2) ? normalized(c, *x, c.tensor(2), nullptr, 1e-5F) : *x;
}

//! A product with weights of few bits at input `first`, scales and a bias behind them.
ITensor& fewBitsProduct(Context& c, ITensor& x, int first, int64_t rows) {
    ITensor& weights = c.constantTensor(unpackedWeights(c, {first, first + 1, -1, -1, rows}));
    return withBias(c, product(c, x, weights), first + 2);
}

}  // namespace

void importQLinearBinary(Context& c) {
    ITensor& a = dequantized(c, 0, 1, 2, 0);
    ITensor& b = dequantized(c, 3, 4, 5, 0);
    const bool add = c.node.op() == "QLinearAdd";
    c.output(0, quantized(c, binary(c, a, b, add ? ElementWiseOperation::kSUM : ElementWiseOperation::kPROD), 6, 7, 0));
}

void importQLinearUnary(Context& c) {
    ITensor& x = dequantized(c, 0, 1, 2, 0);
    ITensor& y = c.node.op() == "QLinearSigmoid"
                     ? activation(c, x, nvinfer1::ActivationType::kSIGMOID)
                     : activation(c, x, nvinfer1::ActivationType::kLEAKY_RELU, c.node.real("alpha", 0.01F));
    c.output(0, quantized(c, y, 3, 4, 0));
}

void importQLinearConcat(Context& c) {
    std::vector<ITensor*> parts;
    for (int i = 2; i + 2 < c.inputCount(); i += 3) parts.push_back(&dequantized(c, i, i + 1, i + 2, 0));
    if (parts.empty()) fail(Code::kINVALID_NODE, "there is nothing to join");
    const int axis = checkedAxis(c.node.integer("axis"), dimsOf(*parts[0]).nbDims);
    c.output(0, quantized(c, concatenated(c, parts, axis), 0, 1, 0));
}

void importQLinearGlobalAveragePool(Context& c) {
    ITensor& x = dequantized(c, 0, 1, 2, 0);
    const bool last = c.node.flag("channels_last");
    std::vector<int> axes;
    for (int i = last ? 1 : 2; i < dimsOf(x).nbDims - (last ? 1 : 0); ++i) axes.push_back(i);
    c.output(0, quantized(c, reduce(c, x, nvinfer1::ReduceOperation::kAVG, axes, true), 3, 4, 0));
}

void importQLinearReduceMean(Context& c) {
    ITensor& x = dequantized(c, 0, 1, 2, 0);
    const int rank = dimsOf(x).nbDims;
    std::vector<int> axes = allAxes(rank);
    if (c.node.has("axes")) axes = checkedAxes(c.node.integers("axes"), rank);
    ITensor& mean = reduce(c, x, nvinfer1::ReduceOperation::kAVG, axes, c.node.flag("keepdims", true));
    c.output(0, quantized(c, mean, 3, 4, 0));
}

//! Attribute opset is that of the Softmax it stands for; before 13, everything from the axis on is one row.
void importQLinearSoftmax(Context& c) {
    ITensor& x = dequantized(c, 0, 1, 2, 0);
    const int rank = dimsOf(x).nbDims;
    const bool rows = c.node.integer("opset", 13) < 13;
    const int axis = checkedAxis(c.node.integer("axis", rows ? 1 : -1), rank);
    const Sizes dims = sizesOf(c, x);
    const Size outer = product(c, {dims.begin(), dims.begin() + axis}),
               inner = product(c, {dims.begin() + axis, dims.end()});
    auto& layer = c.add(c.network.addSoftMax(rows ? reshapedTo(c, x, {outer, inner}) : x));
    layer.setAxes(1U << static_cast<uint32_t>(rows ? 1 : axis));
    ITensor& y = *layer.getOutput(0);
    c.output(0, quantized(c, rows ? reshapedTo(c, y, dims) : y, 3, 4, 0));
}

void importQLinearWhere(Context& c) {
    ITensor& y = select(c, c.tensor(0), dequantized(c, 1, 2, 3, 0), dequantized(c, 4, 5, 6, 0));
    c.output(0, quantized(c, y, 7, 8, 0));
}

//! Both operands are integers whose scales are numbers or, for the second, lists along the columns.
void importMatMulIntegerToFloat(Context& c) {
    ITensor& a = dequantized(c, 0, 2, 4, std::max(0, c.rank(0) - 2));
    ITensor& b = dequantized(c, 1, 3, 5, std::max(0, c.rank(1) - 1));
    c.output(0, withBias(c, product(c, a, b), 6));
}

//! The first operand is quantized by its own range, to 255 steps that hold zero exactly.
void importDynamicQuantizeMatMul(Context& c) {
    const DynamicallyQuantized a = dynamicallyQuantized(c, c.tensor(0));
    ITensor& steps =
        binary(c, cast(c, a.values, DataType::kFLOAT), cast(c, a.zero, DataType::kFLOAT), ElementWiseOperation::kSUB);
    ITensor& real = binary(c, steps, a.scale, ElementWiseOperation::kPROD);
    ITensor& b = dequantized(c, 1, 2, 3, std::max(0, c.rank(1) - 1));
    c.output(0, withBias(c, product(c, real, b), 4));
}

void importMatMulNBits(Context& c) {
    if (c.node.integer("weight_prepacked", 0) != 0)
        fail(Code::kUNSUPPORTED_NODE_ATTR, "weights that are packed for one device are not supported");
    ITensor& weights = c.constantTensor(unpackedWeights(c, {1, 2, 3, 4, c.node.integer("N")}));
    c.output(0, withBias(c, product(c, c.tensor(0), weights), 5));
}

//! A gate and what it lets through, behind a normalisation.
void importMatMulNBitsMlp(Context& c) {
    const std::string function = c.node.text("activation", "silu");
    if (function != "silu" && function != "swish")
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute activation = \"", function, "\" is not supported"));
    ITensor& x = normalizedBefore(c, 1);
    const int64_t rows = c.node.integer("N");
    ITensor& gate = fewBitsProduct(c, x, 3, rows);
    ITensor& open = productOf(c, gate, activation(c, gate, nvinfer1::ActivationType::kSIGMOID));
    c.output(0, productOf(c, open, fewBitsProduct(c, x, 6, rows)));
}

//! Queries, keys and values behind a normalisation.
void importMatMulNBitsQkv(Context& c) {
    ITensor& x = normalizedBefore(c, 3);
    for (int i = 0; i < 3; ++i) c.output(i, fewBitsProduct(c, x, 3 + 3 * i, c.node.integer(i == 0 ? "Nq" : "Nkv")));
}

}  // namespace opentrt::model
