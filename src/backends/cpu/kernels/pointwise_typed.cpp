// SPDX-License-Identifier: Apache-2.0
// The plain interpreter for programs that chains cannot hold: I64, narrow integers, F8. Each instruction loops over a
// tile of Scalars; integer arithmetic is spelled out, everything else asks the reference rules of graph/scalar.h.
#include <cstring>

#include "backends/cpu/kernels/convert.h"
#include "backends/cpu/kernels/pointwise_code.h"

namespace opentrt::cpu::kernels {
namespace {

template <class F>
void each(int64_t count, Scalar* to, const Scalar* a, const Scalar* b, F f) {
    for (int64_t i = 0; i < count; ++i) to[i].i = f(a[i].i, b[i].i);
}

//! Integer instructions that are common and cannot fail; false for all others.
bool runInteger(const ScalarInstr& instr, DType operand, int64_t count, Scalar* to, const Scalar* a, const Scalar* b) {
    if (operand != DType::I64 && operand != DType::Bool) return false;
    const auto wrap = [](auto f) {
        return [f](int64_t x, int64_t y) {
            return static_cast<int64_t>(f(static_cast<uint64_t>(x), static_cast<uint64_t>(y)));
        };
    };
    switch (instr.op) {
        case ScalarOp::Add:
            return each(count, to, a, b, wrap([](uint64_t x, uint64_t y) { return x + y; })), true;
        case ScalarOp::Sub:
            return each(count, to, a, b, wrap([](uint64_t x, uint64_t y) { return x - y; })), true;
        case ScalarOp::Mul:
            return each(count, to, a, b, wrap([](uint64_t x, uint64_t y) { return x * y; })), true;
        case ScalarOp::Min:
            return each(count, to, a, b, [](int64_t x, int64_t y) { return x < y ? x : y; }), true;
        case ScalarOp::Max:
            return each(count, to, a, b, [](int64_t x, int64_t y) { return x > y ? x : y; }), true;
        case ScalarOp::Equal:
            return each(count, to, a, b, [](int64_t x, int64_t y) { return x == y; }), true;
        case ScalarOp::Greater:
            return each(count, to, a, b, [](int64_t x, int64_t y) { return x > y; }), true;
        case ScalarOp::Less:
            return each(count, to, a, b, [](int64_t x, int64_t y) { return x < y; }), true;
        case ScalarOp::And:
            return each(count, to, a, b, [](int64_t x, int64_t y) { return x & y; }), true;
        case ScalarOp::Or:
            return each(count, to, a, b, [](int64_t x, int64_t y) { return x | y; }), true;
        default:
            return false;
    }
}

}  // namespace

void runTyped(const PointwiseProgram::Code& code, void* const* slots, int64_t count) {
    const ScalarProgram& program = code.program;
    const auto reg = [&](int32_t i) { return static_cast<Scalar*>(slots[code.firstRegister + i]); };
    static const Scalar kNone;
    for (size_t i = 0; i < program.code.size(); ++i) {
        const ScalarInstr& instr = program.code[i];
        Scalar* to = reg(static_cast<int32_t>(i));
        if (instr.op == ScalarOp::Input) {
            loadScalars(instr.type, slots[instr.a], count, to);
            continue;
        }
        const Scalar* a = instr.a >= 0 ? reg(instr.a) : nullptr;
        const Scalar* b = instr.b >= 0 ? reg(instr.b) : nullptr;
        const Scalar* c = instr.c >= 0 ? reg(instr.c) : nullptr;
        const DType operand = instr.a >= 0 ? program.code[static_cast<size_t>(instr.a)].type : instr.type;
        if (instr.op == ScalarOp::Select) {
            for (int64_t k = 0; k < count; ++k) to[k] = a[k].i ? b[k] : c[k];
        } else if (!b || !runInteger(instr, operand, count, to, a, b)) {
            for (int64_t k = 0; k < count; ++k)
                to[k] = apply(instr, operand, a ? a[k] : kNone, b ? b[k] : kNone, c ? c[k] : kNone);
        }
    }
    for (size_t o = 0; o < program.outputs.size(); ++o)
        storeScalars(code.outputTypes[o], reg(program.outputs[o]), count, slots[program.inputs.size() + o]);
}

}  // namespace opentrt::cpu::kernels
