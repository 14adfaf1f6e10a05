// SPDX-License-Identifier: Apache-2.0
// Operators of ONNX Runtime on weights of few bits, which are constants and become reals here.
// Tested by tests/onnx_nodes/own_experts.py.
#include <array>

#include "model/onnx/build.h"
#include "model/onnx/operators.h"
#include "model/onnx/packed_weights.h"
#include "model/onnx/schema.h"

namespace opentrt::model {
namespace {

using nvinfer1::MatrixOperation;
using onnx::ElementType;

//! Whether bytes hold several codes; numbers of 4 bits are elements of their own.
bool isPacked(const Constant& constant) {
    return constant.onnxType == static_cast<int32_t>(ElementType::UINT8);
}

//! Element `i` of rows of `length`, each of which begins with a new byte where codes are packed.
int64_t codeAt(const Constant& from, int64_t i, int64_t length, int64_t bits) {
    if (!isPacked(from)) return integerAt(from, i);
    const int64_t perByte = 8 / bits, rowBytes = (length + perByte - 1) / perByte, at = i % length;
    const int64_t byte = integerAt(from, i / length * rowBytes + at / perByte);
    return (byte >> (bits * (at % perByte))) & ((int64_t{1} << bits) - 1);
}

//! How many bytes or elements `rows` rows of `length` take.
int64_t storedCount(const Constant& constant, int64_t rows, int64_t length, int64_t bits) {
    return isPacked(constant) ? rows * ((length * bits + 7) / 8) : rows * length;
}

int64_t product(std::vector<int64_t>::const_iterator first, std::vector<int64_t>::const_iterator end) {
    int64_t result = 1;
    for (; first != end; ++first) result *= *first;
    return result;
}

}  // namespace

ConstantPtr unpacked(const PackedWeights& packed, DataType type) {
    const auto [codes, scales, zeros, bits, wantedBlock, wantedAxis] = packed;
    const bool bytes = isPacked(*codes);
    if ((bits != 2 && bits != 4 && bits != 8) || wantedBlock < 0)
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat(bits, " bits in blocks of ", wantedBlock, " are not supported"));
    std::vector<int64_t> dims = codes->dims;
    if (dims.empty()) fail(Code::kINVALID_NODE, "the weights are a scalar");
    if (bytes) dims.back() *= 8 / bits;
    const auto axis = static_cast<size_t>(checkedAxis(wantedAxis, static_cast<int>(dims.size())));
    const int64_t length = dims[axis], block = wantedBlock == 0 ? std::max<int64_t>(length, 1) : wantedBlock;
    const int64_t blocks = (length + block - 1) / block;
    const auto at = dims.begin() + static_cast<long>(axis);
    const int64_t outer = product(dims.begin(), at), inner = product(at + 1, dims.end());
    // Zero points are packed along the last axis of the scales.
    const bool perRow = scales->dims.size() < dims.size() && blocks == 1;
    const int64_t lastScale = perRow ? scales->dims.back() : axis + 1 == dims.size() ? blocks : dims.back();
    const int64_t scaleCount = outer * blocks * inner;
    const bool fits = scales->count == scaleCount &&
                      (!zeros || (lastScale > 0 && zeros->onnxType == codes->onnxType &&
                                  zeros->count == storedCount(*zeros, scaleCount / lastScale, lastScale, bits)));
    if (!fits) fail(Code::kINVALID_NODE, "weights, scales and zero points have sizes that do not fit each other");
    const double middle = bytes ? static_cast<double>(int64_t{1} << (bits - 1)) : 0;
    std::vector<double> values(static_cast<size_t>(outer * length * inner));
    for (size_t i = 0; i < values.size(); ++i) {
        const auto place = static_cast<int64_t>(i);
        const int64_t o = place / (length * inner), j = place / inner % length, rest = place % inner;
        const int64_t s = (o * blocks + j / block) * inner + rest;
        const double zero = zeros ? static_cast<double>(codeAt(*zeros, s, lastScale, bits)) : middle;
        values[i] = (static_cast<double>(codeAt(*codes, place, dims.back(), bits)) - zero) * realAt(*scales, s);
    }
    return makeConstant(type, dims, values);
}

//! Rows of a table of few bits.
void importGatherBlockQuantized(Context& c) {
    PackedWeights packed{c.constant(0),
                         c.constant(2),
                         c.constant(3),
                         c.node.integer("bits", 4),
                         c.node.integer("block_size", 128),
                         static_cast<int>(c.node.integer("quantize_axis", 1))};
    if (!packed.codes || !packed.scales || (c.has(3) && !packed.zeros))
        fail(Code::kUNSUPPORTED_NODE_INPUT, "data, scales and zero points should be constants");
    if (isFloating(packed.codes->type)) fail(Code::kUNSUPPORTED_NODE_DATATYPE, "data of 4-bit and 8-bit floats");
    const ConstantPtr table = unpacked(packed, packed.scales->type);
    const int axis = checkedAxis(c.node.integer("gather_axis", 0), static_cast<int>(table->dims.size()));
    c.output(0, gathered(c, c.constantTensor(table), c.tensor(1), axis));
}

//! A product with a matrix [N, K] of 4-bit numbers out of a table, each block of which has its largest value.
void importMatMulBnb4(Context& c) {
    // The numbers of bitsandbytes: 3-bit floats with a sign, and quantiles of the normal distribution.
    static constexpr std::array<double, 8> kFloats{0, 0.0052083333, 2.0 / 3, 1, 1.0 / 3, 0.5, 1.0 / 6, 0.25};
    static constexpr std::array<double, 16> kQuantiles{-1,
                                                       -0.69619280099868774,
                                                       -0.52507305145263672,
                                                       -0.39491748809814453,
                                                       -0.28444138169288635,
                                                       -0.18477343022823334,
                                                       -0.091050036251544952,
                                                       0,
                                                       0.07958029955625534,
                                                       0.16093020141124725,
                                                       0.24611230194568634,
                                                       0.33791524171829224,
                                                       0.44070982933044434,
                                                       0.5626170039176941,
                                                       0.72295683622360229,
                                                       1};
    const ConstantPtr codes = c.constant(1), largest = c.constant(2);
    if (!codes || !largest) fail(Code::kUNSUPPORTED_NODE_INPUT, "weights and their largest values should be constants");
    const int64_t columns = c.node.integer("K"), rows = c.node.integer("N"), block = c.node.integer("block_size");
    if (rows < 1 || columns < 1 || block < 1 || rows > (int64_t{1} << 31) / columns)
        fail(Code::kINVALID_NODE, cat("K = ", columns, ", N = ", rows, ", block_size = ", block));
    const int64_t count = rows * columns;
    if (!isPacked(*codes) || codes->count != (count + 1) / 2 || largest->count != (count + block - 1) / block)
        fail(Code::kINVALID_NODE, "weights and their largest values do not have the sizes that K and N need");
    const bool quantiles = c.node.integer("quant_type") == 1;
    std::vector<double> values(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
        const auto code = static_cast<size_t>(integerAt(*codes, i / 2) >> (i % 2 == 0 ? 4 : 0) & 15);
        const double number = quantiles ? kQuantiles[code] : code < 8 ? kFloats[code] : -kFloats[code - 8];
        values[static_cast<size_t>(i)] = number * realAt(*largest, i / block);
    }
    ITensor& weights = c.constantTensor(makeConstant(c.type(0), {rows, columns}, values));
    const bool transposed = c.node.flag("transB", true);
    ITensor& matrix = raised(c, weights, std::max(c.rank(0), 2));
    c.output(0, c.out(c.network.addMatrixMultiply(
                    c.tensor(0), c.rank(0) == 1 ? MatrixOperation::kVECTOR : MatrixOperation::kNONE, matrix,
                    transposed ? MatrixOperation::kTRANSPOSE : MatrixOperation::kNONE)));
}

}  // namespace opentrt::model
