// SPDX-License-Identifier: Apache-2.0
// Walks over the elements of dense outputs with operands of any strides: regions of pointwise operators, reformats, and
// operators that only move elements.
#pragma once
#include "backends/cuda/arguments.h"
#include "backends/cuda/machine.h"
#include "graph/scalar.h"

namespace opentrt::cuda {

inline constexpr size_t kMostOperands = 8, kMostResults = 4, kMostDims = 8;

//! Kernel text for a program over all elements.
std::string pointwiseSource(const ScalarProgram& program);
//! Kernel text that moves elements of so many bytes: operand 0 is read, operand 1 written.
std::string copySource(int64_t bytes);

//! Address of an operand: an input or output of the launch, and how many elements behind its start.
struct Operand {
    int index = 0;
    bool isOutput = false;
    int64_t offset = 0;
};
struct PointwiseCall {
    Walk walk;                      //!< in the memory order of the outputs; not simplified
    std::vector<Operand> operands;  //!< as many as the walk has strides
    std::vector<int64_t> inBytes;   //!< of an element of each operand
    std::vector<int64_t> outBytes;  //!< of an element of each dense output
};
//! Binds `module`, which was made by one of the above.
std::unique_ptr<Launch> preparePointwise(std::shared_ptr<const Module> module, PointwiseCall call);
//! A copy from one box of elements to another, which have the same dimensions.
PointwiseCall copyCall(const Dims& dims, int64_t bytes, Operand from, const Dims& fromStrides, Operand to,
                       const Dims& toStrides);

}  // namespace opentrt::cuda
