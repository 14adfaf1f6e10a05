// SPDX-License-Identifier: Apache-2.0
// Compiled form of a pointwise program, shared by the compiler, the chain functions and the tile runner.
//
// A chain is an array of links. Each link's function does one operation on the running tile, which eight vector
// registers hold, and ends in a call of the next link's function with the tile as arguments; compilers turn that into a
// jump, so a chain costs one well predicted jump per link and no memory traffic for values used once. All operands in
// memory are whole tiles: the runner copies what is strided, broadcast or too short into a staging area first.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "backends/cpu/kernels/pointwise.h"

namespace opentrt::cpu::kernels {

enum class LinkOp : uint8_t {
#define LINK(name, implementation) name,
#include "backends/cpu/kernels/pointwise_links.def"
#undef LINK
};

struct Link {
    const void* function = nullptr;  // of the type that the chosen instruction set uses
    LinkOp op = LinkOp::End;
    uint16_t slot = 0, slot2 = 0;
    float imm = 0, imm2 = 0;
};

inline constexpr size_t kMaxOperands = 64;

//! Runs a chain over `tiles` whole tiles in a row; slot i of the first `operands` moves on by steps[i] bytes each time.
using EnterFunction = void (*)(const Link* first, void** slots, const int64_t* steps, size_t operands, int64_t tiles);

//! What the chosen instruction set offers.
struct ChainTarget {
    const void* const* functions;  // by LinkOp
    int64_t tile;                  // elements that one pass over a chain handles
    EnterFunction enter;
};
const ChainTarget& chainTarget();

struct PointwiseProgram::Code {
    std::vector<DType> inputTypes, outputTypes;
    // Slots are numbered: inputs, outputs, then constants, then registers.
    int slotCount = 0;
    int firstConstant = 0, firstRegister = 0;
    int64_t tile = 0;

    // Either a chain ...
    std::vector<Link> links;
    EnterFunction enter = nullptr;
    std::vector<float> constants;  // one tile each

    // ... or, where types or operations are outside of what chains do, the program itself.
    bool typed = false;
    ScalarProgram program;

    //! Bytes of scratch that a runner needs, and of one register.
    int64_t registerBytes = 0;
    int64_t work = 1;  //!< picoseconds per element, roughly
};

//! Fills `links`, `constants` and slot numbers; false when the program must run typed.
bool compileChain(const ScalarProgram& program, PointwiseProgram::Code& code);
//! Runs the typed interpreter over `count` elements.
void runTyped(const PointwiseProgram::Code& code, void* const* slots, int64_t count);

//! An operand of TileRunner::region; strides in bytes.
struct RegionOperand {
    char* data = nullptr;
    int64_t row = 0, col = 0;
};

//! Runs a program over rectangles on one thread. Lives on the stack of a task.
class TileRunner {
public:
    explicit TileRunner(const PointwiseProgram::Code& code);
    //! `operands`: inputs, then outputs.
    void region(int64_t rows, int64_t cols, const RegionOperand* operands);

private:
    struct Rectangle {
        int64_t row, rows, col, cols;
    };
    void row(const Rectangle& at, const RegionOperand* operands, int64_t step);
    void tile(const Rectangle& at, const RegionOperand* operands);
    void loadInput(size_t i, const Rectangle& at, const RegionOperand& operand);

    static constexpr int64_t kStackBytes = 32 << 10;
    static constexpr size_t kMaxStackSlots = 96;

    const PointwiseProgram::Code& code_;
    int64_t lastRow_ = 0, lastCol_ = 0;  // of the region: what may be read
    bool inPlace_[kMaxOperands];         // by input: an output is written in its place
    void** slots_ = nullptr;
    char* stage_ = nullptr;  // one tile of the largest element for each operand
    // What each input's staging area holds; for outputs, where the staged tile goes.
    const char* staged_[kMaxOperands];
    int64_t stagedRows_[kMaxOperands], stagedCols_[kMaxOperands];
    std::unique_ptr<char[]> heap_;  // for programs too large for the members below
    std::vector<void*> manySlots_;
    void* fewSlots_[kMaxStackSlots];
    alignas(64) char stack_[kStackBytes];
};

}  // namespace opentrt::cpu::kernels
