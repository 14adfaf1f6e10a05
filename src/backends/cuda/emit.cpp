// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/emit.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "backends/cuda/compiler.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

std::string literal(DType type, double value) {
    char text[64];
    if (!isFloat(type)) {
        std::snprintf(text, sizeof text, "wrap_%s(int_i64((float)%.17g))", std::string(name(type)).c_str(), value);
        // Whole numbers beyond a float's digits keep all of theirs.
        if (std::fabs(value) < 9e15) {
            std::snprintf(text, sizeof text, "wrap_%s(%lldll)", std::string(name(type)).c_str(),
                          static_cast<long long>(value));
        }
        return text;
    }
    if (std::isnan(value)) return "__int_as_float(0x7fc00000)";
    if (std::isinf(value)) return value > 0 ? "__int_as_float(0x7f800000)" : "__int_as_float(0xff800000)";
    std::snprintf(text, sizeof text, "%af", static_cast<double>(static_cast<float>(value)));
    return text;
}

bool comparesOrTests(ScalarOp op) {
    return op == ScalarOp::Equal || op == ScalarOp::Greater || op == ScalarOp::Less || op == ScalarOp::IsInf ||
           op == ScalarOp::IsNan;
}

std::string cast(DType from, DType to, const std::string& x) {
    const std::string target(name(to));
    if (from == DType::I8 && to == DType::F32) return cat("real_i8(", x, ")");
    if (isFloat(to)) return cat("round_", target, "((float)", x, ")");
    return isFloat(from) ? cat("int_", target, "(", x, ")") : cat("wrap_", target, "(", x, ")");
}

//! round(x) or round(x / y) to i8 as one function, which takes a few instructions; empty for other casts.
std::string quantized(const ScalarProgram& program, const ScalarInstr& instr) {
    const auto at = [&](int32_t i) -> const ScalarInstr& { return program.code[static_cast<size_t>(i)]; };
    if (instr.op != ScalarOp::Cast || instr.type != DType::I8 || at(instr.a).op != ScalarOp::RoundEven) return {};
    const ScalarInstr& rounded = at(instr.a);
    if (!isFloat(rounded.type)) return {};
    const ScalarInstr& inside = at(rounded.a);
    if (inside.op != ScalarOp::Div) return cat("rounded_i8(v", rounded.a, ")");
    return cat("quotient_i8(v", inside.a, ", v", inside.b, ")");
}

bool hasIntegerForm(ScalarOp op) {
    switch (op) {
        case ScalarOp::Exp:
        case ScalarOp::Log:
        case ScalarOp::Sqrt:
        case ScalarOp::Recip:
        case ScalarOp::Sin:
        case ScalarOp::Cos:
        case ScalarOp::Tan:
        case ScalarOp::Sinh:
        case ScalarOp::Cosh:
        case ScalarOp::Asin:
        case ScalarOp::Acos:
        case ScalarOp::Atan:
        case ScalarOp::Asinh:
        case ScalarOp::Acosh:
        case ScalarOp::Atanh:
        case ScalarOp::Erf:
        case ScalarOp::Tanh:
        case ScalarOp::Sigmoid:
            return false;
        default:
            return true;
    }
}

//! Whether the result keeps so few bits that a shorter way gives the same.
bool isShort(const ScalarInstr& instr) {
    const bool narrow = instr.type == DType::F16 || instr.type == DType::BF16;
    return narrow && (instr.op == ScalarOp::Erf || instr.op == ScalarOp::Exp || instr.op == ScalarOp::Sigmoid);
}

//! Reads a program backwards.
class Reader {
public:
    explicit Reader(const ScalarProgram& program) : program_(program) {}
    const ScalarInstr& at(int32_t i) const { return program_.code[static_cast<size_t>(i)]; }
    bool is(int32_t i, ScalarOp op) const { return i >= 0 && at(i).op == op; }
    //! The other operand of a sum or product (`op`) with this constant, or -1.
    int32_t with(int32_t i, ScalarOp op, double constant) const {
        if (!is(i, op)) return -1;
        const auto isIt = [&](int32_t k) {
            return is(k, ScalarOp::Constant) && std::fabs(at(k).constant - constant) < 1e-6;
        };
        return isIt(at(i).a) ? at(i).b : isIt(at(i).b) ? at(i).a : -1;
    }
    int32_t operandOf(int32_t i, ScalarOp op) const { return is(i, op) ? at(i).a : -1; }

private:
    const ScalarProgram& program_;
};

//! "narrow_gelu_erf(v3)" for an instruction that is the end of GELU as the operator emits it, in 16 bits.
std::string shortGelu(const ScalarProgram& program, int32_t end) {
    const Reader read(program);
    if (!read.is(end, ScalarOp::Mul) || (read.at(end).type != DType::F16 && read.at(end).type != DType::BF16))
        return {};
    const int32_t x = read.with(read.at(end).a, ScalarOp::Mul, 0.5),
                  share = read.with(read.at(end).b, ScalarOp::Add, 1);
    if (x < 0 || share < 0) return {};
    const int32_t scaled = read.operandOf(share, ScalarOp::Erf);
    if (read.with(scaled, ScalarOp::Mul, std::sqrt(0.5)) == x) return cat("narrow_gelu_erf(v", x, ")");
    const int32_t sum = read.with(read.operandOf(share, ScalarOp::Tanh), ScalarOp::Mul, std::sqrt(2 / M_PI));
    if (!read.is(sum, ScalarOp::Add) || read.at(sum).a != x) return {};
    const int32_t cube = read.with(read.at(sum).b, ScalarOp::Mul, 0.044715);
    const bool isCube = read.is(cube, ScalarOp::Mul) && read.at(cube).b == x &&
                        read.is(read.at(cube).a, ScalarOp::Mul) && read.at(read.at(cube).a).a == x &&
                        read.at(read.at(cube).a).b == x;
    return isCube ? cat("narrow_gelu_tanh(v", x, ")") : std::string();
}

}  // namespace

std::string elementType(DType type) {
    switch (type) {
        case DType::F32:
        case DType::F16:
        case DType::BF16:
        case DType::I64:
        case DType::I32:
        case DType::I8:
        case DType::U8:
            return std::string(name(type));
        case DType::F8:
            return "f8";
        case DType::Bool:
            return "u8";
        default:
            return {};
    }
}

std::string numberType(DType type) {
    return isFloat(type) ? "float" : "i64";
}

std::string whyNotEmitted(const ScalarProgram& program) {
    for (const ScalarInstr& instr : program.code) {
        if (isFloat(instr.type) && elementType(instr.type).empty()) return cat("numbers of type ", name(instr.type));
        if (instr.a < 0 || arity(instr.op) == 0) continue;
        const DType operand = program.code[static_cast<size_t>(instr.a)].type;
        if (!isFloat(operand) && !hasIntegerForm(instr.op)) return cat(name(instr.op), " of integers");
    }
    return {};
}

bool isReadAsReal(const ScalarProgram& program, size_t input) {
    const auto isInput = [&](int32_t i) {
        const ScalarInstr& instr = program.code[static_cast<size_t>(i)];
        return instr.op == ScalarOp::Input && instr.a == static_cast<int32_t>(input);
    };
    if (program.inputs[input] != DType::I8) return false;
    if (std::any_of(program.outputs.begin(), program.outputs.end(), isInput)) return false;
    return std::all_of(program.code.begin(), program.code.end(), [&](const ScalarInstr& instr) {
        const int32_t operands[] = {instr.a, instr.b, instr.c};
        const bool reads = std::any_of(operands, operands + arity(instr.op), isInput);
        return !reads || (instr.op == ScalarOp::Cast && instr.type == DType::F32);
    });
}

std::optional<QuotientToRound> quotientToRound(const ScalarProgram& program) {
    if (program.outputs.size() != 1) return {};
    const Reader read(program);
    const int32_t end = program.outputs[0], rounded = read.operandOf(end, ScalarOp::Cast),
                  quotient = read.operandOf(rounded, ScalarOp::RoundEven);
    if (read.at(end).type != DType::I8 || !read.is(quotient, ScalarOp::Div) || !isFloat(read.at(quotient).type))
        return {};
    QuotientToRound result{program};
    int32_t x = read.at(quotient).a;
    if (const int32_t inside = read.with(x, ScalarOp::Max, 0); inside >= 0) {
        result.positive = true;
        x = inside;
    }
    const int32_t scale = read.at(quotient).b;
    result.operands.outputs = {x, scale};
    result.operands.code.resize(static_cast<size_t>(std::max(x, scale)) + 1);
    return result;
}

std::string emitProgram(const ScalarProgram& program, const std::string& name, Rounding rounding) {
    std::string text = cat("DEV void ", name, "(");
    const auto isReal = [&](size_t input) { return rounding == Rounding::Near && isReadAsReal(program, input); };
    for (size_t i = 0; i < program.inputs.size(); ++i)
        text += cat(i ? ", " : "", isReal(i) ? "float" : numberType(program.inputs[i]), " x", i);
    for (size_t o = 0; o < program.outputs.size(); ++o) {
        const DType type = program.code[static_cast<size_t>(program.outputs[o])].type;
        text += cat(o || !program.inputs.empty() ? ", " : "", numberType(type), "& y", o);
    }
    text += ") {\n";
    const auto isRealInput = [&](int32_t i) {
        const ScalarInstr& instr = program.code[static_cast<size_t>(i)];
        return instr.op == ScalarOp::Input && isReal(static_cast<size_t>(instr.a));
    };
    for (size_t k = 0; k < program.code.size(); ++k) {
        const ScalarInstr& instr = program.code[k];
        const auto v = [](int32_t i) { return cat("v", i); };
        const DType operand =
            instr.a >= 0 && arity(instr.op) > 0 ? program.code[static_cast<size_t>(instr.a)].type : instr.type;
        std::string value, type = numberType(instr.type);
        switch (instr.op) {
            case ScalarOp::Input:
                value = cat("x", instr.a);
                if (isReal(static_cast<size_t>(instr.a))) type = "float";
                break;
            case ScalarOp::Constant:
                value = literal(instr.type, instr.constant);
                break;
            case ScalarOp::Cast:
                value = quantized(program, instr);
                if (value.empty() && isRealInput(instr.a)) value = v(instr.a);
                if (value.empty()) value = cast(operand, instr.type, v(instr.a));
                break;
            default:
                value = shortGelu(program, static_cast<int32_t>(k));
                if (!value.empty()) break;
                value = cat(isShort(instr) ? "narrow_" : "op_", opentrt::name(instr.op), "(", v(instr.a));
                if (instr.b >= 0 && arity(instr.op) > 1) value += ", " + v(instr.b);
                if (instr.c >= 0 && arity(instr.op) > 2) value += ", " + v(instr.c);
                value += ")";
                if (!isFloat(instr.type) && !isFloat(operand) && !comparesOrTests(instr.op) &&
                    instr.op != ScalarOp::Select) {
                    value = cat("wrap_", opentrt::name(instr.type), "(", value, ")");
                }
        }
        text += cat("    const ", type, " v", k, " = ", value, ";\n");
    }
    for (size_t o = 0; o < program.outputs.size(); ++o) text += cat("    y", o, " = v", program.outputs[o], ";\n");
    return text + "}\n";
}

std::string_view scalarCode() {
    return codeText("scalar");
}

}  // namespace opentrt::cuda
