// SPDX-License-Identifier: Apache-2.0
// Matrix products.
#include "model/onnx/build.h"
#include "model/onnx/fused_activation.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"
#include "model/onnx/quantize.h"
#include "model/onnx/schema.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::MatrixOperation;

MatrixOperation operationOf(bool transpose) {
    return transpose ? MatrixOperation::kTRANSPOSE : MatrixOperation::kNONE;
}

//! numpy's product: a list counts as one row on the left and as one column on the right.
ITensor& product(Context& c, ITensor& a, ITensor& b, bool transposeA = false, bool transposeB = false) {
    const int rankA = dimsOf(a).nbDims;
    const int rankB = dimsOf(b).nbDims;
    if (rankA == 0 || rankB == 0) fail(Code::kINVALID_NODE, "a scalar cannot be multiplied as a matrix");
    // Batch dimensions are all but the last two; of a list, all but the last one.
    const int batchA = std::max(0, rankA - 2);
    const int batchB = std::max(0, rankB - 2);
    const int batch = std::max(batchA, batchB);
    const MatrixOperation opA = rankA == 1 ? MatrixOperation::kVECTOR : operationOf(transposeA);
    const MatrixOperation opB = rankB == 1 ? MatrixOperation::kVECTOR : operationOf(transposeB);
    ITensor& left = raised(c, a, rankA + batch - batchA);
    ITensor& right = raised(c, b, rankB + batch - batchB);
    return c.out(c.network.addMatrixMultiply(left, opA, right, opB));
}

void requireMatrix(Context& c, int input) {
    if (c.rank(input) != 2)
        fail(Code::kINVALID_NODE, cat("input ", input, " has rank ", c.rank(input), " when it should be 2"));
}

ITensor& scaled(Context& c, ITensor& x, float factor) {
    return factor == 1 ? x : withNumber(c, x, ElementWiseOperation::kPROD, factor);
}

}  // namespace

void importMatMul(Context& c) {
    const int rank = std::max(c.rank(0), c.rank(1));
    // A list keeps its rank: ones before it would make it a matrix.
    ITensor& a = c.rank(0) < 2 ? c.tensor(0) : c.tensorOfRank(0, rank);
    ITensor& b = c.rank(1) < 2 ? c.tensor(1) : c.tensorOfRank(1, rank);
    c.output(0, product(c, a, b));
}

//! FusedMatMul, and FusedMatMulActivation with an activation behind it.
void importFusedMatMul(Context& c) {
    // transBatch: the rows come before the batch instead of behind it.
    const auto operand = [&](int input, const char* attribute) -> ITensor& {
        ITensor& x = c.tensor(input);
        std::vector<int> order = allAxes(dimsOf(x).nbDims);
        if (!c.node.flag(attribute) || order.size() < 3) return x;
        std::rotate(order.begin(), order.begin() + 1, order.end() - 1);
        return transposed(c, x, order);
    };
    ITensor& y =
        product(c, operand(0, "transBatchA"), operand(1, "transBatchB"), c.node.flag("transA"), c.node.flag("transB"));
    std::vector<float> parameters;
    for (const char* name : {"activation_alpha", "activation_beta"}) {
        if (c.node.has(name)) parameters.push_back(c.node.real(name, 0));
    }
    c.output(0, withActivation(c, scaled(c, y, c.node.real("alpha", 1)), c.node.text("activation", ""), parameters));
}

//! A product, a bias that may be left out, and the approximation of Gelu by tanh.
void importGemmFastGelu(Context& c) {
    ITensor* y = &product(c, c.tensor(0), c.tensor(1));
    if (c.has(2)) y = &binary(c, *y, c.tensor(2), ElementWiseOperation::kSUM);
    c.output(0, activation(c, *y, nvinfer1::ActivationType::kGELU_TANH));
}

//! Gemm, and FusedGemm with an activation behind it.
void importGemm(Context& c) {
    requireMatrix(c, 0);
    requireMatrix(c, 1);
    const std::vector<float> parameters{c.node.real("activation_alpha", 0), c.node.real("activation_beta", 0)};
    const bool given = c.node.has("activation_alpha") || c.node.has("activation_beta");
    const auto finish = [&](ITensor& y) {
        c.output(0, withActivation(c, y, c.node.text("activation", ""), given ? parameters : std::vector<float>()));
    };
    const float beta = c.node.real("beta", 1);
    ITensor& y = product(c, c.tensor(0), c.tensor(1), c.node.flag("transA"), c.node.flag("transB"));
    ITensor& result = scaled(c, y, c.node.real("alpha", 1));
    if (!c.has(2) || beta == 0) return finish(result);
    finish(binary(c, result, scaled(c, c.tensorOfRank(2, 2), beta), ElementWiseOperation::kSUM));
}

//! Integers are multiplied as int32.
void importMatMulInteger(Context& c) {
    const auto operand = [&](int x, int zero, int axisFromEnd) -> ITensor& {
        ITensor& real = centred(c, x, zero, std::max(0, c.rank(x) - axisFromEnd));
        return cast(c, real, DataType::kINT32);
    };
    c.output(0, product(c, operand(0, 2, 2), operand(1, 3, 1)));
}

//! Of 16-bit integers; unsigned results of 32 bits are held in 64.
void importMatMulInteger16(Context& c) {
    const auto isUnsigned = [&](int input) {
        return c.onnxType(input) == static_cast<int32_t>(onnx::ElementType::UINT16);
    };
    const DataType type = isUnsigned(0) && isUnsigned(1) ? DataType::kINT64 : DataType::kINT32;
    c.output(0, product(c, cast(c, c.tensor(0), type), cast(c, c.tensor(1), type)));
}

void importQLinearMatMul(Context& c) {
    ITensor& a = dequantized(c, 0, 1, 2, std::max(0, c.rank(0) - 2));
    ITensor& b = dequantized(c, 3, 4, 5, std::max(0, c.rank(3) - 1));
    ITensor& y = product(c, a, b);
    c.output(0, quantized(c, y, 6, 7, std::max(0, dimsOf(y).nbDims - 2)));
}

//! The bias counts in steps of both scales together; without a scale of its own the result is not quantized.
void importQGemm(Context& c) {
    requireMatrix(c, 0);
    requireMatrix(c, 3);
    ITensor& a = dequantized(c, 0, 1, 2, 0);
    const bool transposed = c.node.flag("transB");
    ITensor& b = dequantized(c, 3, 4, 5, transposed ? 0 : 1);
    ITensor* y = &product(c, a, b, c.node.flag("transA"), transposed);
    if (c.has(6)) {
        ITensor& scale = binary(c, c.tensor(1), c.tensor(4), ElementWiseOperation::kPROD);
        ITensor& bias = cast(c, c.tensor(6), DataType::kFLOAT);
        y = &binary(c, *y, binary(c, bias, scale, ElementWiseOperation::kPROD), ElementWiseOperation::kSUM);
    }
    ITensor& result = scaled(c, *y, c.node.real("alpha", 1));
    c.output(0, c.has(7) ? quantized(c, result, 7, 8, 1) : result);
}

void importDet(Context& c) {
    c.output(0, c.made("Determinant{}", {&c.tensor(0)}));
}

void importEinsum(Context& c) {
    std::string equation = c.node.text("equation", "");
    equation.erase(std::remove(equation.begin(), equation.end(), ' '), equation.end());
    const bool plain = std::all_of(equation.begin(), equation.end(), [](char ch) {
        return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == ',' || ch == '.' || ch == '-' || ch == '>';
    });
    if (equation.empty() || !plain)
        fail(Code::kINVALID_NODE, cat("attribute equation = \"", equation, "\" is invalid"));
    std::vector<ITensor*> inputs;
    for (int i = 0; i < c.inputCount(); ++i) inputs.push_back(&c.tensor(i));
    c.output(0, c.made(cat("Einsum{equation=\"", equation, "\"}"), inputs));
}

}  // namespace opentrt::model
