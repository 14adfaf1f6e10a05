// SPDX-License-Identifier: Apache-2.0
// Operators with two or more operands of the same kind, and selection. ONNX broadcasts from the right; layers want
// equal ranks, so ones are put before the shorter dimensions.
#include "model/onnx/build.h"
#include "model/onnx/lookup.h"
#include "model/onnx/operators.h"
#include "model/onnx/schema.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;

constexpr NamedRow<ElementWiseOperation> kOperations[] = {
    {"Add", ElementWiseOperation::kSUM},   {"Sub", ElementWiseOperation::kSUB},
    {"Mul", ElementWiseOperation::kPROD},  {"Div", ElementWiseOperation::kDIV},
    {"Min", ElementWiseOperation::kMIN},   {"Max", ElementWiseOperation::kMAX},
    {"And", ElementWiseOperation::kAND},   {"Or", ElementWiseOperation::kOR},
    {"Xor", ElementWiseOperation::kXOR},   {"Equal", ElementWiseOperation::kEQUAL},
    {"Less", ElementWiseOperation::kLESS}, {"Greater", ElementWiseOperation::kGREATER},
    {"Sum", ElementWiseOperation::kSUM},   {"Mean", ElementWiseOperation::kSUM},
};

//! Both inputs of a binary operator with equal ranks.
struct Operands {
    ITensor& a;
    ITensor& b;
};

//! Up to opset 6 the second operand could be laid along the dimensions from `axis` on.
ITensor& laidFromAxis(Context& c) {
    const int rank = c.rank(0);
    const int own = c.rank(1);
    const int axis = checkedAxis(c.node.integer("axis"), rank);
    std::vector<int> behind;
    for (int i = own; i < rank - axis; ++i) behind.push_back(i);
    return unsqueezed(c, c.tensor(1), behind);
}

Operands operands(Context& c) {
    if (c.node.opset() < 7 && c.node.has("axis")) return {c.tensor(0), raised(c, laidFromAxis(c), c.rank(0))};
    const int rank = std::max(c.rank(0), c.rank(1));
    if (c.type(0) != c.type(1)) {
        fail(Code::kUNSUPPORTED_NODE_DATATYPE, cat("the inputs are of types ", nameOf(c.type(0)), " and ",
                                                   nameOf(c.type(1)), " when they should be alike"));
    }
    return {c.tensorOfRank(0, rank), c.tensorOfRank(1, rank)};
}

ITensor& named(Context& c, const char* operation, ITensor& a, ITensor& b) {
    return c.made(cat("ElementWise{operation=", operation, "}"), {&a, &b});
}

}  // namespace

void importBinary(Context& c) {
    const Operands in = operands(c);
    c.output(0, c.out(c.network.addElementWise(in.a, in.b, *findRow(kOperations, c.node.op()))));
}

void importVariadic(Context& c) {
    if (c.inputCount() == 0) fail(Code::kINVALID_NODE, "there are no inputs");
    int rank = 0;
    for (int i = 0; i < c.inputCount(); ++i) rank = std::max(rank, c.rank(i));
    const ElementWiseOperation operation = *findRow(kOperations, c.node.op());
    ITensor* result = &c.tensorOfRank(0, rank);
    for (int i = 1; i < c.inputCount(); ++i) {
        result = &c.out(c.network.addElementWise(*result, c.tensorOfRank(i, rank), operation));
    }
    if (c.node.op() == "Mean") result = &withNumber(c, *result, ElementWiseOperation::kDIV, c.inputCount());
    c.output(0, *result);
}

//! Not less-or-equal by negation: a NaN is neither greater nor less nor equal.
void importCompareOrEqual(Context& c) {
    const Operands in = operands(c);
    const bool less = c.node.op() == "LessOrEqual";
    ITensor& strict = binary(c, in.a, in.b, less ? ElementWiseOperation::kLESS : ElementWiseOperation::kGREATER);
    c.output(0, binary(c, strict, binary(c, in.a, in.b, ElementWiseOperation::kEQUAL), ElementWiseOperation::kOR));
}

//! The result has the base's type; the exponent may have another.
void importPow(Context& c) {
    const int rank = std::max(c.rank(0), c.rank(1));
    ITensor& base = c.tensorOfRank(0, rank);
    ITensor& exponent = c.tensorOfRank(1, rank);
    const bool real = isFloating(base.getType()) || !isFloating(exponent.getType());
    const DataType type = real ? base.getType() : DataType::kFLOAT;
    ITensor& power = binary(c, cast(c, base, type), cast(c, exponent, type), ElementWiseOperation::kPOW);
    c.output(0, cast(c, power, base.getType()));
}

void importMod(Context& c) {
    const Operands in = operands(c);
    const bool fmod = c.node.flag("fmod");
    if (!fmod && isFloating(in.a.getType()) && c.node.opset() < 28) {
        fail(Code::kINVALID_NODE, "attribute fmod must be 1 for floating types");
    }
    c.output(0, named(c, fmod ? "fmod" : "mod", in.a, in.b));
}

//! A shift is a product with, or a quotient by, a power of two. Shifted right by its width or more, or by a negative
//! amount, a number keeps only its sign.
void importBitShift(Context& c) {
    const Operands in = operands(c);
    const std::string direction = c.node.text("direction", "");
    if (direction != "LEFT" && direction != "RIGHT") {
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute direction = \"", direction, "\" is not supported"));
    }
    const int rank = dimsOf(in.b).nbDims;
    const DataType type = in.a.getType();
    if (direction == "LEFT") {
        ITensor& factor = binary(c, c.number(type, 2, rank), in.b, ElementWiseOperation::kPOW);
        return c.output(0, binary(c, in.a, factor, ElementWiseOperation::kPROD));
    }
    constexpr double kWidest = 62;
    ITensor& given = cast(c, in.b, DataType::kINT64);
    ITensor& negative = withNumber(c, given, ElementWiseOperation::kLESS, 0);
    ITensor& distance = select(c, negative, c.number(DataType::kINT64, kWidest, rank),
                               withNumber(c, given, ElementWiseOperation::kMIN, kWidest));
    ITensor& divisor = binary(c, c.number(DataType::kINT64, 2, rank), distance, ElementWiseOperation::kPOW);
    c.output(0, cast(c, binary(c, cast(c, in.a, DataType::kINT64), divisor, ElementWiseOperation::kFLOOR_DIV), type));
}

void importBitwise(Context& c) {
    const Operands in = operands(c);
    const char* operation = c.node.op() == "BitwiseAnd" ? "and" : c.node.op() == "BitwiseOr" ? "or" : "xor";
    c.output(0, c.made(cat("Bitwise{operation=", operation, "}"), {&in.a, &in.b}));
}

//! Unsigned types that a network widens keep the bits above them clear.
void importBitwiseNot(Context& c) {
    ITensor& x = c.tensor(0);
    const auto declared = static_cast<onnx::ElementType>(c.onnxType(0));
    double ones = x.getType() == DataType::kUINT8 ? 0xFF : -1;
    if (declared == onnx::ElementType::UINT16) ones = 0xFFFF;
    if (declared == onnx::ElementType::UINT32) ones = 0xFFFFFFFF;
    c.output(0, c.made("Bitwise{operation=xor}", {&x, &c.number(x.getType(), ones, dimsOf(x).nbDims)}));
}

void importWhere(Context& c) {
    const int rank = std::max({c.rank(0), c.rank(1), c.rank(2)});
    c.output(0, c.out(c.network.addSelect(c.tensorOfRank(0, rank), c.tensorOfRank(1, rank), c.tensorOfRank(2, rank))));
}

void importPRelu(Context& c) {
    const int rank = c.rank(0);
    if (c.rank(1) > rank) {
        fail(Code::kINVALID_NODE, cat("the slope has rank ", c.rank(1), " when the input has rank ", rank));
    }
    ITensor* slope = &c.tensorOfRank(1, rank);
    if (c.node.opset() < 7 && c.rank(1) == 1 && rank > 2) {
        // One slope per channel, before broadcasting came from the right.
        std::vector<int64_t> dims(static_cast<size_t>(rank), 1);
        dims[1] = -1;
        slope = &reshaped(c, c.tensor(1), dims);
    }
    c.output(0, c.out(c.network.addParametricReLU(c.tensor(0), *slope)));
}

}  // namespace opentrt::model
