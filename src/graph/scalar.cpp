// SPDX-License-Identifier: Apache-2.0
// The meaning of every scalar instruction. Floating types compute in double and are rounded by Cast and by the store of
// an output only; integers compute in int64 and wrap to their width after each instruction. Divisions by zero give 0
// for integers. NaN wins in Min and Max. Tested by scalar_test.cpp.
#include "graph/scalar.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/error.h"
#include "base/scanner.h"

namespace opentrt {
namespace {

struct OpTraits {
    const char* name;
    int arity;
};

constexpr OpTraits kOps[] = {
    {"input", 0}, {"const", 0},   {"cast", 1},     {"add", 2},   {"sub", 2},   {"mul", 2},   {"div", 2},    {"min", 2},
    {"max", 2},   {"pow", 2},     {"floordiv", 2}, {"mod", 2},   {"fmod", 2},  {"and", 2},   {"or", 2},     {"xor", 2},
    {"eq", 2},    {"gt", 2},      {"lt", 2},       {"neg", 1},   {"abs", 1},   {"exp", 1},   {"log", 1},    {"sqrt", 1},
    {"recip", 1}, {"sin", 1},     {"cos", 1},      {"tan", 1},   {"sinh", 1},  {"cosh", 1},  {"asin", 1},   {"acos", 1},
    {"atan", 1},  {"asinh", 1},   {"acosh", 1},    {"atanh", 1}, {"ceil", 1},  {"floor", 1}, {"round", 1},  {"erf", 1},
    {"tanh", 1},  {"sigmoid", 1}, {"not", 1},      {"sign", 1},  {"isinf", 1}, {"isnan", 1}, {"select", 3},
};
static_assert(std::size(kOps) == kScalarOpCount);

uint64_t bits(int64_t value) {
    return static_cast<uint64_t>(value);
}
int64_t number(uint64_t value) {
    return static_cast<int64_t>(value);
}

int64_t wrapTo(DType type, int64_t value) {
    switch (type) {
        case DType::I4:
            return number(bits(value) << 60) >> 60;
        case DType::I8:
            return static_cast<int8_t>(value);
        case DType::U8:
            return static_cast<uint8_t>(value);
        case DType::I32:
            return static_cast<int32_t>(value);
        case DType::Bool:
            return value != 0;
        default:
            return value;
    }
}

int64_t integerPower(int64_t base, int64_t exponent) {
    if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
    uint64_t result = 1;
    for (uint64_t square = bits(base); exponent > 0; exponent /= 2, square *= square)
        if (exponent % 2) result *= square;
    return number(result);
}

int64_t truncatedDivide(int64_t a, int64_t b) {
    return b == 0 ? 0 : b == -1 ? number(0 - bits(a)) : a / b;
}
int64_t remainder(int64_t a, int64_t b) {
    return b == 0 || b == -1 ? 0 : a % b;
}

int64_t floorMod(int64_t a, int64_t b) {
    const int64_t rest = remainder(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

int64_t integerBinary(ScalarOp op, int64_t a, int64_t b) {
    switch (op) {
        case ScalarOp::Add:
            return number(bits(a) + bits(b));
        case ScalarOp::Sub:
            return number(bits(a) - bits(b));
        case ScalarOp::Mul:
            return number(bits(a) * bits(b));
        case ScalarOp::Div:
            return truncatedDivide(a, b);
        case ScalarOp::FloorDiv:
            return truncatedDivide(number(bits(a) - bits(floorMod(a, b))), b);
        case ScalarOp::Mod:
            return floorMod(a, b);
        case ScalarOp::FMod:
            return remainder(a, b);
        case ScalarOp::Min:
            return std::min(a, b);
        case ScalarOp::Max:
            return std::max(a, b);
        case ScalarOp::Pow:
            return integerPower(a, b);
        case ScalarOp::And:
            return a != 0 && b != 0;
        case ScalarOp::Or:
            return a != 0 || b != 0;
        case ScalarOp::Xor:
            return (a != 0) != (b != 0);
        case ScalarOp::Equal:
            return a == b;
        case ScalarOp::Greater:
            return a > b;
        case ScalarOp::Less:
            return a < b;
        default:
            internalError(cat(name(op), " is no binary operation"));
    }
}

double floatMod(double a, double b) {
    const double rest = std::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

double floatBinary(ScalarOp op, double a, double b) {
    switch (op) {
        case ScalarOp::Add:
            return a + b;
        case ScalarOp::Sub:
            return a - b;
        case ScalarOp::Mul:
            return a * b;
        case ScalarOp::Div:
            return a / b;
        case ScalarOp::FloorDiv:
            return std::floor(a / b);
        case ScalarOp::Mod:
            return floatMod(a, b);
        case ScalarOp::FMod:
            return std::fmod(a, b);
        case ScalarOp::Min:
            return std::isnan(a) || a < b ? a : b;
        case ScalarOp::Max:
            return std::isnan(a) || a > b ? a : b;
        case ScalarOp::Pow:
            return std::pow(a, b);
        default:
            internalError(cat(name(op), " is no floating binary operation"));
    }
}

double floatUnary(ScalarOp op, double a) {
    switch (op) {
        case ScalarOp::Neg:
            return -a;
        case ScalarOp::Abs:
            return std::fabs(a);
        case ScalarOp::Exp:
            return std::exp(a);
        case ScalarOp::Log:
            return std::log(a);
        case ScalarOp::Sqrt:
            return std::sqrt(a);
        case ScalarOp::Recip:
            return 1 / a;
        case ScalarOp::Sin:
            return std::sin(a);
        case ScalarOp::Cos:
            return std::cos(a);
        case ScalarOp::Tan:
            return std::tan(a);
        case ScalarOp::Sinh:
            return std::sinh(a);
        case ScalarOp::Cosh:
            return std::cosh(a);
        case ScalarOp::Asin:
            return std::asin(a);
        case ScalarOp::Acos:
            return std::acos(a);
        case ScalarOp::Atan:
            return std::atan(a);
        case ScalarOp::Asinh:
            return std::asinh(a);
        case ScalarOp::Acosh:
            return std::acosh(a);
        case ScalarOp::Atanh:
            return std::atanh(a);
        case ScalarOp::Ceil:
            return std::ceil(a);
        case ScalarOp::Floor:
            return std::floor(a);
        case ScalarOp::RoundEven:
            return std::nearbyint(a);
        case ScalarOp::Erf:
            return std::erf(a);
        case ScalarOp::Tanh:
            return std::tanh(a);
        case ScalarOp::Sigmoid:
            return 1 / (1 + std::exp(-a));
        case ScalarOp::Sign:
            return std::isnan(a) ? a : (a > 0) - (a < 0);
        default:
            internalError(cat(name(op), " is no floating unary operation"));
    }
}

int64_t toInteger(double value) {
    return static_cast<int64_t>(roundTo(DType::I64, std::trunc(value)));
}

int64_t integerUnary(ScalarOp op, int64_t a) {
    switch (op) {
        case ScalarOp::Neg:
            return number(0 - bits(a));
        case ScalarOp::Abs:
            return a < 0 ? number(0 - bits(a)) : a;
        case ScalarOp::Not:
            return a == 0;
        case ScalarOp::Sign:
            return (a > 0) - (a < 0);
        case ScalarOp::IsInf:
        case ScalarOp::IsNan:
            return 0;
        case ScalarOp::Ceil:
        case ScalarOp::Floor:
        case ScalarOp::RoundEven:
            return a;
        default:
            return toInteger(floatUnary(op, static_cast<double>(a)));
    }
}

Scalar cast(DType from, DType to, const Scalar& a) {
    if (isFloat(to)) return {roundTo(to, isFloat(from) ? a.f : static_cast<double>(a.i)), 0};
    if (!isFloat(from)) return {0, wrapTo(to, a.i)};
    if (to == DType::Bool) return {0, a.f != 0};
    return {0, static_cast<int64_t>(roundTo(to, std::trunc(a.f)))};
}

bool compareFloats(ScalarOp op, double a, double b) {
    return op == ScalarOp::Equal ? a == b : op == ScalarOp::Greater ? a > b : a < b;
}

bool isComparison(ScalarOp op) {
    return op == ScalarOp::Equal || op == ScalarOp::Greater || op == ScalarOp::Less;
}

}  // namespace

const char* name(ScalarOp op) {
    return kOps[static_cast<size_t>(op)].name;
}
int arity(ScalarOp op) {
    return kOps[static_cast<size_t>(op)].arity;
}

Scalar apply(const ScalarInstr& instr, DType operandType, const Scalar& a, const Scalar& b, const Scalar& c) {
    const bool real = isFloat(operandType);
    switch (instr.op) {
        case ScalarOp::Constant:
            if (isFloat(instr.type)) return {instr.constant, 0};
            return {0, wrapTo(instr.type, toInteger(instr.constant))};
        case ScalarOp::Input:
            return a;
        case ScalarOp::Cast:
            return cast(operandType, instr.type, a);
        case ScalarOp::Select:
            return (real ? a.f != 0 : a.i != 0) ? b : c;
        case ScalarOp::IsInf:
            return {0, real && std::isinf(a.f)};
        case ScalarOp::IsNan:
            return {0, real && std::isnan(a.f)};
        default:
            break;
    }
    if (real && isComparison(instr.op)) return {0, compareFloats(instr.op, a.f, b.f)};
    if (real) return {arity(instr.op) == 1 ? floatUnary(instr.op, a.f) : floatBinary(instr.op, a.f, b.f), 0};
    const int64_t result = arity(instr.op) == 1 ? integerUnary(instr.op, a.i) : integerBinary(instr.op, a.i, b.i);
    return {0, wrapTo(instr.type, result)};
}

void interpret(const ScalarProgram& program, const Scalar* inputs, Scalar* outputs, std::vector<Scalar>& registers) {
    const size_t count = program.code.size();
    if (registers.size() < count) registers.resize(count);
    const Scalar none;
    const auto read = [&](int32_t index) { return index < 0 ? none : registers[static_cast<size_t>(index)]; };
    for (size_t i = 0; i < count; ++i) {
        const ScalarInstr& instr = program.code[i];
        if (instr.op == ScalarOp::Input) {
            registers[i] = inputs[instr.a];
            continue;
        }
        const DType operand = instr.a < 0 ? instr.type : program.code[static_cast<size_t>(instr.a)].type;
        registers[i] = apply(instr, operand, read(instr.a), read(instr.b), read(instr.c));
    }
    for (size_t i = 0; i < program.outputs.size(); ++i) outputs[i] = read(program.outputs[i]);
}

std::string str(const ScalarProgram& program) {
    std::string out;
    for (size_t i = 0; i < program.code.size(); ++i) {
        const ScalarInstr& instr = program.code[i];
        out += cat("t", i, ": ", name(instr.type), " = ", name(instr.op));
        if (instr.op == ScalarOp::Input) out += cat(" ", instr.a);
        if (instr.op == ScalarOp::Constant) out += " " + numberText(instr.constant);
        const int32_t operands[] = {instr.a, instr.b, instr.c};
        for (int k = 0; k < arity(instr.op); ++k) out += cat(k ? ", t" : " t", operands[k]);
        out += '\n';
    }
    out += "return";
    for (size_t i = 0; i < program.outputs.size(); ++i) out += cat(i ? ", t" : " t", program.outputs[i]);
    return out + '\n';
}

ScalarBuilder::ScalarBuilder(ScalarProgram& program, std::vector<int32_t> inputs, std::vector<DType> outputTypes)
    : program_(program),
      inputs_(std::move(inputs)),
      outputTypes_(std::move(outputTypes)),
      outputs_(outputTypes_.size(), -1) {}

int32_t ScalarBuilder::constant(DType type, double value) {
    program_.code.push_back({ScalarOp::Constant, type, -1, -1, -1, value});
    return static_cast<int32_t>(program_.code.size()) - 1;
}

int32_t ScalarBuilder::emit(ScalarOp op, int32_t a, int32_t b, int32_t c) {
    const auto size = static_cast<int32_t>(program_.code.size());
    const int32_t operands[] = {a, b, c};
    for (int i = 0; i < 3; ++i) {
        const bool wanted = i < arity(op);
        if (wanted ? operands[i] < 0 || operands[i] >= size : operands[i] != -1)
            internalError(cat("operand ", i, " of scalar ", name(op), " is ", operands[i], " of ", size));
    }
    const bool test = (op >= ScalarOp::And && op <= ScalarOp::Less) || op == ScalarOp::Not || op == ScalarOp::IsInf ||
                      op == ScalarOp::IsNan;
    const DType result = test ? DType::Bool : type(op == ScalarOp::Select ? b : a);
    program_.code.push_back({op, result, a, b, c, 0});
    return size;
}

int32_t ScalarBuilder::cast(int32_t a, DType to) {
    if (type(a) == to) return a;
    const int32_t result = emit(ScalarOp::Cast, a);
    program_.code.back().type = to;
    return result;
}

void ScalarBuilder::output(int i, int32_t instr) {
    outputs_.at(static_cast<size_t>(i)) = instr;
}

}  // namespace opentrt
