// SPDX-License-Identifier: Apache-2.0
// Cuts a rectangle of elements into tiles and hands a chain only whole tiles: what is strided, broadcast or short is
// copied to and from a staging area in L1. A staged operand that is the same for the next tile (a bias row, a scalar)
// is not copied again.
#include <algorithm>
#include <cstring>

#include "backends/cpu/kernels/pointwise_code.h"

namespace opentrt::cpu::kernels {
namespace {

template <class T>
void gather(T* to, const char* from, int64_t rows, int64_t cols, int64_t rowStride, int64_t colStride) {
    for (int64_t r = 0; r < rows; ++r, from += rowStride, to += cols) {
        if (colStride == 0) {
            std::fill_n(to, cols, *reinterpret_cast<const T*>(from));
        } else if (colStride == static_cast<int64_t>(sizeof(T))) {
            std::memcpy(to, from, static_cast<size_t>(cols) * sizeof(T));
        } else {
            for (int64_t c = 0; c < cols; ++c) to[c] = *reinterpret_cast<const T*>(from + c * colStride);
        }
    }
}

template <class T>
void scatter(const T* from, char* to, int64_t rows, int64_t cols, int64_t rowStride, int64_t colStride) {
    for (int64_t r = 0; r < rows; ++r, to += rowStride, from += cols) {
        if (colStride == static_cast<int64_t>(sizeof(T))) {
            std::memcpy(to, from, static_cast<size_t>(cols) * sizeof(T));
        } else {
            for (int64_t c = 0; c < cols; ++c) *reinterpret_cast<T*>(to + c * colStride) = from[c];
        }
    }
}

//! Calls f with a pointer type of that element size.
template <class F>
void withSize(int64_t bytes, F f) {
    switch (bytes) {
        case 1:
            return f(static_cast<uint8_t*>(nullptr));
        case 2:
            return f(static_cast<uint16_t*>(nullptr));
        case 4:
            return f(static_cast<uint32_t*>(nullptr));
        default:
            return f(static_cast<uint64_t*>(nullptr));
    }
}

constexpr int64_t kStageBytes = 8;  // per element: the largest type

}  // namespace

TileRunner::TileRunner(const PointwiseProgram::Code& code) : code_(code) {
    const size_t operands = code.inputTypes.size() + code.outputTypes.size();
    const auto slotCount = static_cast<size_t>(code.slotCount);
    slots_ = fewSlots_;
    if (slotCount > kMaxStackSlots) {
        manySlots_.resize(slotCount);
        slots_ = manySlots_.data();
    }
    const int64_t stage = code.tile * kStageBytes;
    const int64_t registers = code.slotCount - code.firstRegister;
    const int64_t bytes = static_cast<int64_t>(operands) * stage + registers * code.registerBytes;
    char* memory = stack_;
    if (bytes > kStackBytes) {
        heap_ = std::make_unique<char[]>(static_cast<size_t>(bytes + 64));
        memory = heap_.get() + (64 - reinterpret_cast<uintptr_t>(heap_.get()) % 64) % 64;
    }
    stage_ = memory;
    std::fill_n(staged_, kMaxOperands, nullptr);
    memory += static_cast<int64_t>(operands) * stage;
    for (int i = code.firstConstant; i < code.firstRegister; ++i)
        slots_[i] = const_cast<float*>(code.constants.data()) + (i - code.firstConstant) * code.tile;
    for (int i = code.firstRegister; i < code.slotCount; ++i, memory += code.registerBytes) slots_[i] = memory;
}

void TileRunner::region(int64_t rows, int64_t cols, const RegionOperand* operands) {
    const size_t count = code_.inputTypes.size() + code_.outputTypes.size();
    RegionOperand flat[kMaxOperands];
    bool flattens = rows > 1;
    for (size_t i = 0; i < count && flattens; ++i) flattens = operands[i].row == operands[i].col * cols;
    if (flattens) {
        for (size_t i = 0; i < count; ++i) flat[i] = {operands[i].data, 0, operands[i].col};
        operands = flat;
        cols *= rows;
        rows = 1;
    }
    std::fill_n(staged_, code_.inputTypes.size(), nullptr);
    lastRow_ = rows - 1;
    lastCol_ = cols;
    const size_t inputs = code_.inputTypes.size();
    for (size_t i = 0; i < inputs; ++i) {
        inPlace_[i] = std::any_of(operands + inputs, operands + count,
                                  [&](const RegionOperand& out) { return out.data == operands[i].data; });
    }
    if (cols >= code_.tile || rows == 1) {
        // Equal parts: a row slightly longer than a tile would else leave a short one.
        const int64_t parts = (cols + code_.tile - 1) / code_.tile;
        const int64_t step = parts > 4 ? code_.tile : std::min(code_.tile, ((cols + parts - 1) / parts + 15) / 16 * 16);
        for (int64_t r = 0; r < rows; ++r) row({r, 1, 0, cols}, operands, step);
        return;
    }
    const int64_t together = code_.tile / cols;
    for (int64_t r = 0; r < rows; r += together) tile({r, std::min(together, rows - r), 0, cols}, operands);
}

//! One row, in tiles of `step` elements. Where every operand is contiguous or the same throughout, whole tiles run
//! without being looked at one by one.
void TileRunner::row(const Rectangle& at, const RegionOperand* operands, int64_t step) {
    const size_t inputs = code_.inputTypes.size(), count = inputs + code_.outputTypes.size();
    const int64_t tiles = at.cols / code_.tile;
    bool plain = !code_.typed && tiles > 1;
    int64_t steps[kMaxOperands];
    for (size_t i = 0; i < count && plain; ++i) {
        const int64_t size = bitsOf(i < inputs ? code_.inputTypes[i] : code_.outputTypes[i - inputs]) / 8;
        steps[i] = operands[i].col * code_.tile;
        plain = operands[i].col == size || (operands[i].col == 0 && i < inputs);
    }
    int64_t done = 0;
    if (plain) {
        const Rectangle first{at.row, 1, at.col, code_.tile};
        for (size_t i = 0; i < inputs; ++i) loadInput(i, first, operands[i]);
        for (size_t o = inputs; o < count; ++o)
            slots_[o] = operands[o].data + at.row * operands[o].row + at.col * operands[o].col;
        code_.enter(code_.links.data(), slots_, steps, count, tiles);
        done = tiles * code_.tile;
    }
    for (; done < at.cols; done += step) tile({at.row, 1, at.col + done, std::min(step, at.cols - done)}, operands);
}

void TileRunner::loadInput(size_t i, const Rectangle& at, const RegionOperand& operand) {
    const int64_t size = bitsOf(code_.inputTypes[i]) / 8;
    const char* from = operand.data + at.row * operand.row + at.col * operand.col;
    const int64_t count = at.rows * at.cols;
    if (operand.col == size && (at.rows == 1 || operand.row == at.cols * size)) {
        // A tile may read more than its elements as long as the operand has them. What lies between the rows of a
        // matrix that is written in place is another thread's.
        const bool apart = inPlace_[i] && operand.row != lastCol_ * size;
        const int64_t last = apart ? at.row + at.rows - 1 : lastRow_;
        const char* end = operand.data + last * operand.row + lastCol_ * size;
        if (count == code_.tile || (operand.row >= 0 && from + code_.tile * size <= end)) {
            slots_[i] = const_cast<char*>(from);
            return;
        }
    }
    char* to = stage_ + static_cast<int64_t>(i) * code_.tile * kStageBytes;
    slots_[i] = to;
    if (staged_[i] == from && stagedRows_[i] >= at.rows && stagedCols_[i] == at.cols) return;
    // A scalar fills the whole tile, so that it serves tiles of any length.
    const bool uniform = operand.col == 0 && (at.rows == 1 || operand.row == 0);
    staged_[i] = from;
    stagedRows_[i] = at.rows;
    stagedCols_[i] = at.cols;
    withSize(size, [&](auto* type) {
        using T = std::remove_pointer_t<decltype(type)>;
        if (uniform) {
            std::fill_n(reinterpret_cast<T*>(to), code_.tile, *reinterpret_cast<const T*>(from));
        } else {
            gather(reinterpret_cast<T*>(to), from, at.rows, at.cols, operand.row, operand.col);
        }
    });
}

void TileRunner::tile(const Rectangle& at, const RegionOperand* operands) {
    const size_t inputs = code_.inputTypes.size(), outputs = code_.outputTypes.size();
    for (size_t i = 0; i < inputs; ++i) loadInput(i, at, operands[i]);
    const int64_t count = at.rows * at.cols;
    for (size_t o = inputs; o < inputs + outputs; ++o) {
        const int64_t size = bitsOf(code_.outputTypes[o - inputs]) / 8;
        char* to = operands[o].data + at.row * operands[o].row + at.col * operands[o].col;
        const bool direct = operands[o].col == size && (at.rows == 1 || operands[o].row == at.cols * size) &&
                            (count == code_.tile || code_.typed);
        staged_[o] = direct ? nullptr : to;
        slots_[o] = direct ? to : stage_ + static_cast<int64_t>(o) * code_.tile * kStageBytes;
    }
    if (code_.typed) {
        runTyped(code_, slots_, count);
    } else {
        code_.enter(code_.links.data(), slots_, nullptr, 0, 1);
    }
    for (size_t o = inputs; o < inputs + outputs; ++o) {
        if (!staged_[o]) continue;
        withSize(bitsOf(code_.outputTypes[o - inputs]) / 8, [&](auto* type) {
            using T = std::remove_pointer_t<decltype(type)>;
            scatter(static_cast<const T*>(slots_[o]), const_cast<char*>(staged_[o]), at.rows, at.cols, operands[o].row,
                    operands[o].col);
        });
    }
}

}  // namespace opentrt::cpu::kernels
