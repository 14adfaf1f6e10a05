// SPDX-License-Identifier: Apache-2.0
// Turns a ScalarProgram into a chain of links. Instructions are visited from the outputs down, so that a value is made
// right before its only user and stays in the running tile; a value with several users is stored to a register slot
// when it is made. Patterns that one link can do (multiply-add, clip, x * sigmoid(x)) are recognised on the way. Tested
// by pointwise_test.cpp.
#include <bit>
#include <cmath>

#include "backends/cpu/kernels/pointwise_tables.h"
#include "base/error.h"

namespace opentrt::cpu::kernels {
namespace {

class ChainCompiler {
public:
    ChainCompiler(const ScalarProgram& program, PointwiseProgram::Code& code)
        : program_(program), code_(code), uses_(program.code.size(), 0), slots_(program.code.size(), -1) {}

    bool run() {
        if (!supported()) return false;
        countUses();
        code_.firstConstant = static_cast<int>(program_.inputs.size() + program_.outputs.size());
        for (size_t o = 0; o < program_.outputs.size(); ++o) {
            const int32_t value = program_.outputs[o];
            toAcc(value);
            link(storeLink(at(value).type), static_cast<int>(program_.inputs.size() + o));
            release(value);
        }
        link(LinkOp::End);
        placeRegisters();
        return true;
    }

private:
    const ScalarInstr& at(int32_t i) const { return program_.code[static_cast<size_t>(i)]; }
    Lane lane(int32_t i) const { return laneOf(at(i).type); }
    int32_t& uses(int32_t i) { return uses_[static_cast<size_t>(i)]; }
    int& slot(int32_t i) { return slots_[static_cast<size_t>(i)]; }
    bool isConstant(int32_t i) const { return at(i).op == ScalarOp::Constant; }
    bool isFloatConstant(int32_t i) const {
        return isConstant(i) && lane(i) == Lane::Float && std::isfinite(at(i).constant);
    }
    float number(int32_t i) const { return static_cast<float>(at(i).constant); }
    bool isDirectInput(int32_t i) const {
        return at(i).op == ScalarOp::Input && (at(i).type == DType::F32 || at(i).type == DType::I32);
    }
    //! Already in memory, so that using it as a second operand costs nothing.
    bool inMemory(int32_t i) { return isDirectInput(i) || isConstant(i) || slot(i) >= 0; }

    bool supported() const;
    void countUses();
    void placeRegisters();
    void link(LinkOp op, int slot = 0, float imm = 0, int slot2 = 0, float imm2 = 0);

    float bits(int32_t constant) const;
    int constantSlot(float bits);
    int newRegister();
    int toMemory(int32_t i);
    void toAcc(int32_t i);
    void release(int32_t i);
    void produced(int32_t i);
    void make(int32_t i);
    void makeBinary(int32_t i);
    bool makeSpecial(int32_t i);
    bool makeMultiplyAdd(int32_t i);
    void multiplyAdd(int32_t product, int32_t addend);
    bool makeClip(int32_t i);

    const ScalarProgram& program_;
    PointwiseProgram::Code& code_;
    std::vector<int32_t> uses_;
    std::vector<int> slots_;  // slot of each instruction, -1: none
    std::vector<int> free_;
    std::vector<float> constantBits_;
    int registers_ = 0;
    int32_t acc_ = -1;  // instruction whose value the running tile holds
};

// Registers are numbered from here until the number of constants is known.
constexpr int kRegisterBase = 1 << 14;
constexpr int kConstantBase = 1 << 13;

bool ChainCompiler::supported() const {
    for (DType type : program_.inputs)
        if (laneOf(type) == Lane::None) return false;
    for (const ScalarInstr& instr : program_.code) {
        const Lane result = laneOf(instr.type);
        if (result == Lane::None) return false;
        switch (instr.op) {
            case ScalarOp::Input:
            case ScalarOp::Constant:
            case ScalarOp::Cast:
                continue;
            case ScalarOp::Select:
                if (lane(instr.a) != Lane::Truth) return false;
                continue;
            default:
                break;
        }
        // Arithmetic on I8 and U8 wraps in that type.
        const DType operand = at(instr.a).type;
        if (laneOf(operand) == Lane::Int && operand != DType::I32 && result == Lane::Int) return false;
        const bool known = arity(instr.op) == 1 ? unaryLink(instr.op, laneOf(operand)).has_value()
                                                : binaryLinks(instr.op, laneOf(operand)).has_value();
        if (!known) return false;
    }
    return program_.code.size() < 4096;
}

void ChainCompiler::countUses() {
    for (int32_t output : program_.outputs) ++uses(output);
    for (auto i = static_cast<int32_t>(program_.code.size()) - 1; i >= 0; --i) {
        const ScalarInstr& instr = at(i);
        if (uses(i) == 0 || instr.op == ScalarOp::Input || instr.op == ScalarOp::Constant) continue;
        for (int32_t operand : {instr.a, instr.b, instr.c})
            if (operand >= 0) ++uses(operand);
    }
}

void ChainCompiler::link(LinkOp op, int slot, float imm, int slot2, float imm2) {
    code_.links.push_back({.op = op,
                           .slot = static_cast<uint16_t>(slot),
                           .slot2 = static_cast<uint16_t>(slot2),
                           .imm = imm,
                           .imm2 = imm2});
    code_.work += isHeavy(op) ? 300 : 25;
}

void ChainCompiler::placeRegisters() {
    const int constants = static_cast<int>(constantBits_.size());
    code_.firstRegister = code_.firstConstant + constants;
    code_.slotCount = code_.firstRegister + registers_;
    const auto place = [&](uint16_t& slot) {
        if (slot >= kRegisterBase) {
            slot = static_cast<uint16_t>(slot - kRegisterBase + code_.firstRegister);
        } else if (slot >= kConstantBase) {
            slot = static_cast<uint16_t>(slot - kConstantBase + code_.firstConstant);
        }
    };
    const ChainTarget& target = chainTarget();
    for (Link& link : code_.links) {
        place(link.slot);
        place(link.slot2);
        link.function = target.functions[static_cast<size_t>(link.op)];
    }
    code_.tile = target.tile;
    code_.enter = target.enter;
    code_.registerBytes = target.tile * 4;
    for (float bits : constantBits_)
        code_.constants.insert(code_.constants.end(), static_cast<size_t>(target.tile), bits);
}

float ChainCompiler::bits(int32_t constant) const {
    switch (lane(constant)) {
        case Lane::Int:
            return std::bit_cast<float>(static_cast<int32_t>(at(constant).constant));
        case Lane::Truth:
            return std::bit_cast<float>(at(constant).constant != 0 ? -1 : 0);
        default:
            return number(constant);
    }
}

int ChainCompiler::constantSlot(float value) {
    for (size_t i = 0; i < constantBits_.size(); ++i)
        if (std::bit_cast<uint32_t>(constantBits_[i]) == std::bit_cast<uint32_t>(value))
            return kConstantBase + static_cast<int>(i);
    constantBits_.push_back(value);
    return kConstantBase + static_cast<int>(constantBits_.size()) - 1;
}

int ChainCompiler::newRegister() {
    if (free_.empty()) return kRegisterBase + registers_++;
    const int last = free_.back();
    free_.pop_back();
    return last;
}

//! Slot that holds the value; makes it first where needed, which changes the running tile.
int ChainCompiler::toMemory(int32_t i) {
    if (isConstant(i)) return constantSlot(bits(i));
    if (isDirectInput(i)) return at(i).a;
    if (slot(i) < 0) {
        toAcc(i);
        if (slot(i) < 0) {
            slot(i) = newRegister();
            link(LinkOp::StoreRaw, slot(i));
        }
    }
    return slot(i);
}

void ChainCompiler::toAcc(int32_t i) {
    if (acc_ == i) return;
    if (slot(i) >= 0) {
        link(LinkOp::LoadRaw, slot(i));
    } else {
        make(i);
    }
    acc_ = i;
}

void ChainCompiler::release(int32_t i) {
    if (--uses(i) == 0 && slot(i) >= 0) {
        free_.push_back(slot(i));
        slot(i) = -1;
    }
}

//! The running tile holds i now; keeps a copy when more than one user follows.
void ChainCompiler::produced(int32_t i) {
    acc_ = i;
    if (uses(i) > 1 && !isDirectInput(i) && !isConstant(i) && slot(i) < 0) {
        slot(i) = newRegister();
        link(LinkOp::StoreRaw, slot(i));
    }
}

void ChainCompiler::make(int32_t i) {
    const ScalarInstr& instr = at(i);
    if (instr.op == ScalarOp::Input) {
        link(loadLink(instr.type), instr.a);
    } else if (instr.op == ScalarOp::Constant) {
        link(LinkOp::SetImm, 0, bits(i));
    } else if (instr.op == ScalarOp::Cast) {
        toAcc(instr.a);
        for (LinkOp op : castLinks(at(instr.a).type, instr.type)) link(op);
        release(instr.a);
    } else if (instr.op == ScalarOp::Select) {
        const int yes = toMemory(instr.b), no = toMemory(instr.c);
        toAcc(instr.a);
        link(LinkOp::Select, yes, 0, no);
        release(instr.a), release(instr.b), release(instr.c);
    } else if (arity(instr.op) == 1) {
        toAcc(instr.a);
        link(*unaryLink(instr.op, lane(instr.a)));
        release(instr.a);
    } else if (!makeSpecial(i) && !makeMultiplyAdd(i) && !makeClip(i)) {
        makeBinary(i);
    }
    produced(i);
}

void ChainCompiler::makeBinary(int32_t i) {
    const ScalarInstr& instr = at(i);
    const BinaryLinks links = *binaryLinks(instr.op, lane(instr.a));
    if (isFloatConstant(instr.b) && links.immediate != LinkOp::End) {
        toAcc(instr.a);
        link(links.immediate, 0, number(instr.b));
    } else if (isFloatConstant(instr.a) && links.reversedImmediate != LinkOp::End) {
        toAcc(instr.b);
        link(links.reversedImmediate, 0, number(instr.a));
    } else if (links.reversedMemory != LinkOp::End && inMemory(instr.a) && (!inMemory(instr.b) || acc_ == instr.b)) {
        toAcc(instr.b);
        link(links.reversedMemory, toMemory(instr.a));
    } else {
        const int second = toMemory(instr.b);
        toAcc(instr.a);
        link(links.memory, second);
    }
    release(instr.a), release(instr.b);
}

//! x * x, x * sigmoid(x), and powers that need no logarithm.
bool ChainCompiler::makeSpecial(int32_t i) {
    const ScalarInstr& instr = at(i);
    if (lane(i) != Lane::Float) return false;
    if (instr.op == ScalarOp::Mul && instr.a == instr.b) {
        toAcc(instr.a);
        link(LinkOp::Square);
        release(instr.a), release(instr.b);
        return true;
    }
    if (instr.op == ScalarOp::Mul) {
        for (auto [x, s] : {std::pair(instr.a, instr.b), std::pair(instr.b, instr.a)}) {
            if (at(s).op != ScalarOp::Sigmoid || at(s).a != x || uses(s) != 1 || slot(s) >= 0) continue;
            toAcc(x);
            link(LinkOp::Swish);
            release(s), release(x), release(x);
            return true;
        }
    }
    if (instr.op != ScalarOp::Pow || !isFloatConstant(instr.b)) return false;
    const float exponent = number(instr.b);
    if (exponent != 2 && exponent != 1 && exponent != -1 && exponent != 0.5f) return false;
    toAcc(instr.a);
    if (exponent == 2) link(LinkOp::Square);
    if (exponent == -1) link(LinkOp::Recip);
    if (exponent == 0.5f) link(LinkOp::Sqrt);
    release(instr.a), release(instr.b);
    return true;
}

bool ChainCompiler::makeMultiplyAdd(int32_t i) {
    const ScalarInstr& instr = at(i);
    if (instr.op != ScalarOp::Add || lane(i) != Lane::Float) return false;
    for (auto [product, addend] : {std::pair(instr.a, instr.b), std::pair(instr.b, instr.a)}) {
        const bool fits = at(product).op == ScalarOp::Mul && uses(product) == 1 && slot(product) < 0 &&
                          acc_ != product && product != addend && at(product).a != at(product).b;
        if (!fits) continue;
        multiplyAdd(product, addend);
        release(addend), release(product), release(at(product).a), release(at(product).b);
        return true;
    }
    return false;
}

void ChainCompiler::multiplyAdd(int32_t product, int32_t addend) {
    int32_t x = at(product).a, y = at(product).b;
    if (isFloatConstant(x)) std::swap(x, y);
    const bool addendReady = inMemory(addend);
    if (isFloatConstant(y)) {
        if (isFloatConstant(addend)) {
            toAcc(x);
            link(LinkOp::MulIAddI, 0, number(y), 0, number(addend));
        } else if (!addendReady && inMemory(x)) {
            toAcc(addend);
            link(LinkOp::AddMulMI, toMemory(x), number(y));
        } else {
            const int third = toMemory(addend);
            toAcc(x);
            link(LinkOp::MulIAddM, third, number(y));
        }
        return;
    }
    if (inMemory(x) && (!inMemory(y) || acc_ == y)) std::swap(x, y);
    if (isFloatConstant(addend)) {
        const int second = toMemory(y);
        toAcc(x);
        link(LinkOp::MulMAddI, second, number(addend));
    } else if (!addendReady && inMemory(x) && inMemory(y)) {
        toAcc(addend);
        link(LinkOp::AddMulMM, toMemory(x), 0, toMemory(y));
    } else {
        const int third = toMemory(addend), second = toMemory(y);
        toAcc(x);
        link(LinkOp::MulMAddM, second, 0, third);
    }
}

//! min(max(x, low), high), or the other way around, with low <= high.
bool ChainCompiler::makeClip(int32_t i) {
    const ScalarInstr& outer = at(i);
    if ((outer.op != ScalarOp::Min && outer.op != ScalarOp::Max) || lane(i) != Lane::Float) return false;
    const bool constantFirst = isFloatConstant(outer.a);
    const int32_t limit = constantFirst ? outer.a : outer.b, inner = constantFirst ? outer.b : outer.a;
    const ScalarOp wanted = outer.op == ScalarOp::Min ? ScalarOp::Max : ScalarOp::Min;
    if (!isFloatConstant(limit) || at(inner).op != wanted || uses(inner) != 1 || slot(inner) >= 0 || acc_ == inner)
        return false;
    const bool innerFirst = isFloatConstant(at(inner).a);
    const int32_t other = innerFirst ? at(inner).a : at(inner).b, x = innerFirst ? at(inner).b : at(inner).a;
    if (!isFloatConstant(other) || isConstant(x)) return false;
    const float low = number(outer.op == ScalarOp::Min ? other : limit);
    const float high = number(outer.op == ScalarOp::Min ? limit : other);
    if (!(low <= high)) return false;
    toAcc(x);
    link(LinkOp::Clip, 0, low, 0, high);
    release(x), release(other), release(inner), release(limit);
    return true;
}

}  // namespace

bool compileChain(const ScalarProgram& program, PointwiseProgram::Code& code) {
    return ChainCompiler(program, code).run();
}

}  // namespace opentrt::cpu::kernels
