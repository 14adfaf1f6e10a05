// SPDX-License-Identifier: Apache-2.0
// Conversions. Types that a network lacks or that saturate otherwise than ONNX says get the values first that the
// standard wants: narrow integers wrap, narrow floats are rounded and overflow into NaN when they may not saturate.
#include <cmath>
#include <limits>

#include "model/onnx/build.h"
#include "model/onnx/lookup.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"
#include "model/onnx/quantize.h"
#include "model/onnx/schema.h"
#include "model/onnx/tensor_reader.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::UnaryOperation;
using onnx::ElementType;

struct Narrow {
    ElementType type;
    int64_t lowest;
    int64_t count;
};
constexpr Narrow kNarrow[] = {{ElementType::INT4, -8, 16},         {ElementType::UINT4, 0, 16},
                              {ElementType::INT2, -2, 4},          {ElementType::UINT2, 0, 4},
                              {ElementType::INT16, -32768, 65536}, {ElementType::UINT16, 0, 65536},
                              {ElementType::UINT32, 0, 4294967296}};

//! ((x - lowest) mod count) + lowest, as the bits that remain say.
ITensor& wrapped(Context& c, ITensor& x, const Narrow& narrow) {
    const DataType type = narrow.count > 65536 ? DataType::kINT64 : DataType::kINT32;
    ITensor& whole = cast(c, x, type);
    ITensor& raised = withNumber(c, whole, ElementWiseOperation::kSUB, static_cast<double>(narrow.lowest));
    ITensor& count = c.number(type, static_cast<double>(narrow.count), dimsOf(x).nbDims);
    ITensor& rest = c.made("ElementWise{operation=mod}", {&raised, &count});
    return withNumber(c, rest, ElementWiseOperation::kSUM, static_cast<double>(narrow.lowest));
}

constexpr NamedRow<ElementType> kRounded[] = {{"e5m2", ElementType::FLOAT8E5M2},
                                              {"e4m3fnuz", ElementType::FLOAT8E4M3FNUZ},
                                              {"e5m2fnuz", ElementType::FLOAT8E5M2FNUZ}};

const char* formatOf(ElementType type) {
    for (const auto& row : kRounded) {
        if (row.value == type) return row.name.data();
    }
    return nullptr;
}

//! NaN beyond what still rounds to the largest number, 448.
ITensor& overflowing(Context& c, ITensor& x) {
    ITensor& far = withNumber(c, unary(c, x, UnaryOperation::kABS), ElementWiseOperation::kGREATER, 464);
    return select(c, far, c.number(x.getType(), std::nan(""), dimsOf(x).nbDims), x);
}

//! The powers of two at or above (up) or below x.
ITensor& powerOfTwo(Context& c, ITensor& x, bool up) {
    ITensor& real = withNumber(c, cast(c, x, DataType::kFLOAT), ElementWiseOperation::kMAX, std::ldexp(1.0, -126));
    ITensor& exponent =
        withNumber(c, unary(c, real, UnaryOperation::kLOG), ElementWiseOperation::kPROD, 1.4426950408889634);
    ITensor& two = c.number(DataType::kFLOAT, 2, dimsOf(x).nbDims);
    // The rounded logarithm may be off by one either way, which two comparisons repair.
    ITensor* power = &binary(c, two, unary(c, exponent, UnaryOperation::kROUND), ElementWiseOperation::kPOW);
    ITensor& twice = withNumber(c, *power, ElementWiseOperation::kPROD, 2);
    ITensor& half = withNumber(c, *power, ElementWiseOperation::kPROD, 0.5);
    if (up) {
        power = &select(c, binary(c, *power, real, ElementWiseOperation::kLESS), twice, *power);
    } else {
        power = &select(c, binary(c, *power, real, ElementWiseOperation::kGREATER), half, *power);
    }
    ITensor& zero = withNumber(c, cast(c, x, DataType::kFLOAT), ElementWiseOperation::kEQUAL, 0);
    return select(c, zero, c.number(DataType::kFLOAT, std::ldexp(1.0, -127), dimsOf(x).nbDims), *power);
}

//! No layer, and a constant stays one, when the type is right already.
void convert(Context& c, ElementType type) {
    const DataType to = networkType(static_cast<int32_t>(type));
    const int32_t from = c.onnxType(0);
    const bool same = from == static_cast<int32_t>(type);
    if (c.type(0) == to && (same || !holdsMore(static_cast<int32_t>(type)))) return importIdentity(c);
    const Narrow* narrow = nullptr;
    for (const Narrow& row : kNarrow) narrow = row.type == type ? &row : narrow;
    ITensor* x = &c.tensor(0);
    const bool real = isFloating(x->getType()) && bitsOf(x->getType()) >= 16;
    const bool open = x->getType() != DataType::kBOOL && x->getType() != DataType::kINT4;
    // What becomes of floats that do not fit is not said, but for the narrowest types the reference wraps them, too.
    if (narrow && open && (!real || narrow->count <= 16)) x = &wrapped(c, *x, *narrow);
    if (formatOf(type)) x = &roundedTo(c, *x, static_cast<int32_t>(type), c.node.flag("saturate", true));
    if (real && type == ElementType::FLOAT8E4M3FN && !c.node.flag("saturate", true)) x = &overflowing(c, *x);
    if (real && type == ElementType::FLOAT8E8M0 && c.node.text("round_mode", "up") != "nearest")
        x = &powerOfTwo(c, *x, c.node.text("round_mode", "up") == "up");
    if (real && type == ElementType::FLOAT4E2M1) {
        // There is no NaN among these numbers; -0 is what the standard's reference makes of it.
        x = &select(c, unary(c, *x, UnaryOperation::kISNAN), c.number(x->getType(), -0.0, dimsOf(*x).nbDims), *x);
    }
    c.output(0, cast(c, *x, to), static_cast<int32_t>(type));
}

//! The types that BitCast reads as one another, and the network's that hold them.
struct BitRow {
    ElementType type;
    const char* name;
    int bits;
    DataType held;
    const char* heldName;
};
constexpr BitRow kBits[] = {{ElementType::BOOL, "bool", 8, DataType::kBOOL, "bool"},
                            {ElementType::INT8, "i8", 8, DataType::kINT8, "i8"},
                            {ElementType::UINT8, "u8", 8, DataType::kUINT8, "u8"},
                            {ElementType::FLOAT16, "f16", 16, DataType::kHALF, "f16"},
                            {ElementType::BFLOAT16, "bf16", 16, DataType::kBF16, "bf16"},
                            {ElementType::INT16, "i16", 16, DataType::kINT32, "i32"},
                            {ElementType::UINT16, "u16", 16, DataType::kINT32, "i32"},
                            {ElementType::FLOAT, "f32", 32, DataType::kFLOAT, "f32"},
                            {ElementType::INT32, "i32", 32, DataType::kINT32, "i32"},
                            {ElementType::UINT32, "u32", 32, DataType::kINT64, "i64"},
                            {ElementType::DOUBLE, "f64", 64, DataType::kFLOAT, "f32"},
                            {ElementType::INT64, "i64", 64, DataType::kINT64, "i64"},
                            {ElementType::UINT64, "u64", 64, DataType::kINT64, "i64"}};

const BitRow& bitRow(int32_t type) {
    for (const BitRow& row : kBits) {
        if (static_cast<int32_t>(row.type) == type) return row;
    }
    fail(Code::kUNSUPPORTED_NODE_DATATYPE, cat("the bits of type ", onnxTypeName(type), " cannot be read"));
}

const BitRow& bitSource(Context& c, int bits) {
    if (const int32_t known = c.onnxType(0)) return bitRow(known);
    for (const BitRow& row : kBits) {
        if (row.held == c.type(0) && row.bits == bits) return row;
    }
    fail(Code::kUNSUPPORTED_NODE_DATATYPE,
         cat("type ", nameOf(c.type(0)), " cannot be read as elements of ", bits, " bits"));
}

}  // namespace

ITensor& roundedTo(Context& c, ITensor& x, int32_t type, bool saturate) {
    ITensor& real = isFloating(x.getType()) && bitsOf(x.getType()) >= 16 ? x : cast(c, x, DataType::kFLOAT);
    return c.made(
        cat("RoundFloat{format=", formatOf(static_cast<ElementType>(type)), ", saturate=", flagText(saturate), "}"),
        {&real});
}

void importBitCast(Context& c) {
    const BitRow& to = bitRow(static_cast<int32_t>(c.node.integer("to")));
    const BitRow& from = bitSource(c, to.bits);
    ITensor& y = c.made(cat("BitCast{from=", from.name, ", to=", to.name, ", type=", to.heldName, "}"), {&c.tensor(0)});
    c.output(0, y, static_cast<int32_t>(to.type));
}

void importCast(Context& c) {
    const auto to = static_cast<int32_t>(c.node.integer("to"));
    if (to == static_cast<int32_t>(ElementType::STRING))
        fail(Code::kUNSUPPORTED_NODE_DATATYPE, "conversion to strings is not supported");
    convert(c, static_cast<ElementType>(to));
}

void importCastLike(Context& c) {
    if (const int32_t like = c.onnxType(1)) return convert(c, static_cast<ElementType>(like));
    if (c.type(0) == c.type(1)) return importIdentity(c);
    c.output(0, cast(c, c.tensor(0), c.type(1)));
}

}  // namespace opentrt::model
