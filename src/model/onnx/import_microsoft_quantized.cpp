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

//! Weights [rows, blocks, bytes] of 2, 4 or 8 bits with one scale and one zero point per block. `groups` says the block
//! of each column where they are not in order.
struct FewBitsWeights {
    ConstantPtr codes, scales, zeros, groups;
    int64_t rows, columns, bits, block;

    int64_t blocks() const { return (columns + block - 1) / block; }
    bool hasRealZeros() const { return zeros && isFloating(zeros->type); }
    //! Number `i` of a row that has so many.
    int64_t code(const Constant& from, int64_t row, int64_t i, int64_t count) const {
        const int64_t perByte = 8 / bits, rowBytes = (count + perByte - 1) / perByte;
        return (integerAt(from, row * rowBytes + i / perByte) >> (bits * (i % perByte))) & ((int64_t{1} << bits) - 1);
    }
    double zero(int64_t row, int64_t b) const {
        if (hasRealZeros()) return realAt(*zeros, row * blocks() + b);
        return static_cast<double>(zeros ? code(*zeros, row, b, blocks()) : int64_t{1} << (bits - 1));
    }
};

FewBitsWeights weightsAt(Context& c, const FewBits& at) {
    const auto optional = [&](int input) { return input >= 0 ? c.constant(input) : nullptr; };
    const FewBitsWeights w{
        c.constant(at.codes), c.constant(at.scales),     optional(at.zeros),          optional(at.groups), at.rows,
        c.node.integer("K"),  c.node.integer("bits", 4), c.node.integer("block_size")};
    if (!w.codes || !w.scales || (at.zeros >= 0 && c.has(at.zeros) && !w.zeros) ||
        (at.groups >= 0 && c.has(at.groups) && !w.groups))
        fail(Code::kUNSUPPORTED_NODE_INPUT, "weights, scales, zero points and g_idx should be constants");
    constexpr int64_t kMost = int64_t{1} << 31;
    if ((w.bits != 2 && w.bits != 4 && w.bits != 8) || w.block < 1 || w.block > kMost || w.rows < 1 || w.columns < 1 ||
        w.columns > kMost || w.rows > kMost / w.columns)
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("bits = ", w.bits, ", block_size = ", w.block, " are not supported"));
    const int64_t perByte = 8 / w.bits, blocks = w.blocks();
    const int64_t zeros = w.rows * (w.hasRealZeros() ? blocks : (blocks + perByte - 1) / perByte);
    if (w.codes->count != w.rows * blocks * ((w.block + perByte - 1) / perByte) || w.scales->count != w.rows * blocks ||
        (w.zeros && w.zeros->count != zeros) || (w.groups && w.groups->count < w.columns))
        fail(Code::kINVALID_NODE, cat("weights, scales, zero points and g_idx do not have the sizes that K = ",
                                      w.columns, ", N = ", w.rows, " and block_size = ", w.block, " need"));
    return w;
}

//! As a matrix [columns, rows] of real numbers.
ConstantPtr unpackedWeights(Context& c, const FewBitsWeights& w) {
    std::vector<double> values(static_cast<size_t>(w.rows * w.columns));
    for (int64_t column = 0; column < w.columns; ++column) {
        const int64_t b = w.groups ? integerAt(*w.groups, column) : column / w.block;
        if (b < 0 || b >= w.blocks()) fail(Code::kINVALID_NODE, cat("g_idx names block ", b, " of ", w.blocks()));
        for (int64_t row = 0; row < w.rows; ++row) {
            const int64_t number = w.code(*w.codes, row * w.blocks() + column / w.block, column % w.block, w.block);
            values[static_cast<size_t>(column * w.rows + row)] =
                (static_cast<double>(number) - w.zero(row, b)) * realAt(*w.scales, row * w.blocks() + b);
        }
    }
    return makeConstant(c.type(0), {w.columns, w.rows}, values);
}

//! Whether they are integers of a tensor [rows, columns] with scales of blocks.
bool staysPacked(Context& c, const FewBitsWeights& w) {
    return w.bits == 4 && w.block % 2 == 0 && w.columns % w.block == 0 && !w.groups && !w.hasRealZeros() &&
           w.scales->type == c.type(0);
}

//! Such weights as a dequantize layer makes them, [rows, columns]. Codes and zero points less 8 are integers with a
//! sign.
ITensor& packedWeights(Context& c, const FewBitsWeights& w) {
    const int64_t blocks = w.blocks();
    const auto bytes = std::make_shared<std::vector<uint8_t>>(static_cast<size_t>(w.rows * w.columns / 2));
    for (size_t i = 0; i < bytes->size(); ++i)
        (*bytes)[i] = static_cast<uint8_t>(integerAt(*w.codes, static_cast<int64_t>(i)) ^ 0x88);
    const auto codes = std::make_shared<Constant>();
    codes->type = DataType::kINT4;
    codes->dims = {w.rows, w.columns};
    codes->count = w.rows * w.columns;
    codes->data = bytes->data();
    codes->keep = bytes;
    ITensor& scales = c.constantTensor(withDims(*w.scales, {w.rows, blocks}));
    auto& layer = c.add(c.network.addDequantize(c.constantTensor(codes), scales, c.type(0)));
    layer.setBlockShape(toDims({1, w.block}));
    if (w.zeros) {
        std::vector<int64_t> zeros;
        for (int64_t i = 0; i < w.rows * blocks; ++i)
            zeros.push_back(w.code(*w.zeros, i / blocks, i % blocks, blocks) - 8);
        layer.setInput(2, c.constantTensor(makeConstant(DataType::kINT4, {w.rows, blocks}, zeros)));
    }
    return *layer.getOutput(0);
}

ITensor& fewBitsProduct(Context& c, ITensor& x, const FewBits& at) {
    const FewBitsWeights w = weightsAt(c, at);
    if (!staysPacked(c, w)) return product(c, x, c.constantTensor(unpackedWeights(c, w)));
    const int rank = std::max(dimsOf(x).nbDims, 2);
    return c.out(c.network.addMatrixMultiply(raised(c, x, rank), MatrixOperation::kNONE,
                                             raised(c, packedWeights(c, w), rank), MatrixOperation::kTRANSPOSE));
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
    return withBias(c, fewBitsProduct(c, x, {first, first + 1, -1, -1, rows}), first + 2);
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
    c.output(0, withBias(c, fewBitsProduct(c, c.tensor(0), {1, 2, 3, 4, c.node.integer("N")}), 5));
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
