// SPDX-License-Identifier: Apache-2.0
// Pointwise engine: executes a ScalarProgram over broadcast inputs without generating machine code. The program is
// compiled to a chain of small vector functions that hand a tile of a few vectors from one to the next in registers;
// values used more than once wait in slots that stay in L1. Programs that touch I64 run on a plain typed interpreter.
//
// A PointwiseProgram is immutable and may be used by many threads. PointwisePlan binds it to dims and strides, so that
// run() neither allocates nor decides. runTile() applies a program to a small two-dimensional tile on the calling
// thread and is what GEMM and convolution use as their epilogue.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/types.h"
#include "graph/scalar.h"

namespace opentrt::cpu::kernels {

//! A two-dimensional operand of runTile. Strides count elements; 0 broadcasts.
struct PointwiseTile {
    void* data = nullptr;
    int64_t rowStride = 0;
    int64_t colStride = 1;
};

class PointwiseProgram {
public:
    //! Throws Error (Unsupported) for types that cannot be stored by element: I4, F4.
    explicit PointwiseProgram(const ScalarProgram& program);
    ~PointwiseProgram();
    PointwiseProgram(PointwiseProgram&&) noexcept;
    PointwiseProgram& operator=(PointwiseProgram&&) noexcept;

    const std::vector<DType>& inputTypes() const;
    const std::vector<DType>& outputTypes() const;

    //! Serial. The output of a program with one output may alias inputs that have its type and strides.
    void runTile(int64_t rows, int64_t cols, std::span<const PointwiseTile> inputs,
                 std::span<const PointwiseTile> outputs) const;

    struct Code;  // compiled form, private to the engine
    const Code& code() const { return *code_; }

private:
    std::unique_ptr<Code> code_;
};

//! A program bound to an iteration space. Input strides are in elements with 0 for broadcast dims; outputs must not be
//! broadcast. All spans have one entry per dim, outermost first. Dims are merged and reordered here, once.
class PointwisePlan {
public:
    PointwisePlan(std::shared_ptr<const PointwiseProgram> program, std::span<const int64_t> dims,
                  std::span<const std::vector<int64_t>> inputStrides,
                  std::span<const std::vector<int64_t>> outputStrides);

    //! Parallel over tiles. Pointers are in the order of the program's inputs and outputs.
    void run(std::span<const void* const> inputs, std::span<void* const> outputs) const;

private:
    void cutIntoTasks();

    std::shared_ptr<const PointwiseProgram> program_;
    std::vector<int64_t> dims_;                   // merged, at least two
    std::vector<std::vector<int64_t>> operands_;  // strides of inputs, then outputs
    int64_t outer_ = 1;                           // product of all dims but the last two
    int64_t taskOuter_ = 1, taskRows_ = 1, taskCols_ = 1;
};

}  // namespace opentrt::cpu::kernels
